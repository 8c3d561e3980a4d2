package term

import "io"

// Checked remembers the first error of a writer: a full disk is not a success.
type Checked struct {
	W   io.Writer
	Err error
}

// Write implements io.Writer.
func (c *Checked) Write(b []byte) (int, error) {
	n, err := c.W.Write(b)
	if c.Err == nil {
		c.Err = err
	}
	return n, err
}
