// Package report draws what other packages know: tables, messages, scenes,
// timelines. It is handed data and writes text, SVG or JSON. It measures nothing,
// starts nothing, and knows no lab.
//
// Data holds words as pairs (lang.Text). They become words of one language here:
// the reader's in a terminal, the one that is asked for in a file (SceneSVG,
// Chrome).
//
// What a lab's test says to a learner is not here, for no lab's test imports this
// package: it is a message of the package whose data it shows, as the text of an
// exectrace.Scene is.
package report
