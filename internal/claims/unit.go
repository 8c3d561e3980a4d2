package claims

import (
	"strings"

	"gmplab/internal/lang"
)

// units is what stands after a figure, for units that need other words.
var units = map[string]lang.Text{
	"ratio":      lang.Pair("times", "배"),
	"times":      lang.Pair("times", "배"),
	"percent":    lang.Pair("%", "%"),
	"registers":  lang.Pair("registers", "개"),
	kernelSwitch: lang.Pair("per switch", "번(교환당)"),
	outcome:      lang.Pair("(1: as stated, 0: not)", " (1: 명제대로, 0: 아님)"),

	"percent-as-expected": lang.Pair("% of the children", "%(자식 프로세스 중)"),
	"percent-idle":        lang.Pair("% of the lines", "%(출력 줄 중)"),
	"percent-cpu":         lang.Pair("% of a CPU", "%(CPU 하나)"),
	"percent-undisturbed": lang.Pair("% of the reads", "%(read 중)"),
	"percent-handed-off":  lang.Pair("% of the calls", "%(시스템 콜 중)"),
	"percent-elsewhere":   lang.Pair("% of the hand-offs", "%(핸드오프 중)"),
	"procs":               lang.Pair("Ps", "개(P)"),
	"running":             lang.Pair("at once", "개(동시에)"),
	"threads":             lang.Pair("threads", "개"),
	"threads-apart":       lang.Pair("threads apart", "개 차이"),
	"ids/goroutine":       lang.Pair("thread ids per goroutine", "개(고루틴당 스레드 ID)"),
}

// words are the parts of units such as ns/switch.
var words = map[string]string{
	"switch": "교환", "spawn": "생성", "pick": "선택", "call": "호출", "goroutine": "고루틴", "thread": "스레드",
	"syscalls": "시스템 콜", "allocs": "할당", "traps": "트랩", "retake": "회수", "pair": "쌍",
}

// UnitText is a unit as it stands after a figure.
func UnitText(u string) lang.Text {
	if t, ok := units[u]; ok {
		return t
	}
	what, per, ok := strings.Cut(u, "/")
	what, _, _ = strings.Cut(what, "-") // B-resident is bytes: the label says which
	if !ok {
		if t, ok := units[what]; ok { // times-threads is times
			return t
		}
		return lang.Pair(what, what)
	}
	t := lang.Pair(what+"/"+per, what+"/"+per)
	if w, ok := words[per]; ok {
		t.KO = what + "/" + w
	}
	if w, ok := words[what]; ok {
		t.KO = strings.Replace(t.KO, what, w, 1)
	}
	return t
}
