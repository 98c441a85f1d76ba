package msg_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"emitscope/backend/msg"
)

func TestAgentsAreShortenedForPeople(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36":                                        "Chrome 131",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51":            "Edge 131",
		"Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1":               "Safari 18",
		"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0":                                                                       "Firefox 132",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604": "Chrome 131",
		"Python/3.12 aiohttp/3.9.1":   "Python 3.12",
		"python-requests/2.31.0":      "Python requests 2.31",
		"websocket-client/1.7":        "Python websocket-client 1.7",
		"Go-http-client/1.1":          "Go",
		"node-XMLHttpRequest":         "socket.io-client",
		"node":                        "Node.js",
		"curl/8.5.0":                  "curl 8.5",
		"kiosk/2.1 (panel 7)":         "kiosk 2.1",
		"":                            "",
		"\x00\u202e\n":                "",
		strings.Repeat("a", 1000):     strings.Repeat("a", msg.MaxClientName),
		"Mozilla/5.0 (unknown thing)": "Mozilla 5.0",
	} {
		if got := msg.AgentOf(agent); got != want {
			t.Errorf("AgentOf(%.80q): got %q, want %q", agent, got, want)
		}
	}
}

func TestAClientsNameIsShownAsItIsWrittenOrNot(t *testing.T) {
	for name, want := range map[string]string{
		"dash-04":                     "dash-04",
		"  Halle\tNord \n":            "Halle Nord",
		"tablet\u202egnp.exe":         "tabletgnp.exe",
		"a\x00b\xffc":                 "abc",
		"大屏 3":                        "大屏 3",
		strings.Repeat("ü", 100):      strings.Repeat("ü", 64),
		strings.Repeat("x ", 100):     strings.TrimSpace(strings.Repeat("x ", 32)),
		strings.Repeat("\u200b", 300): "",
	} {
		if got := msg.CleanClientName(name); got != want {
			t.Errorf("CleanClientName(%q): got %q, want %q", name, got, want)
		}
	}
}

func FuzzClientNames(f *testing.F) {
	f.Add("dash-04")
	f.Add("Mozilla/5.0 (X11) Chrome/131 Safari/1")
	f.Add("\xff\u202e \x00")
	f.Fuzz(func(t *testing.T, text string) {
		for _, got := range []string{msg.CleanClientName(text), msg.AgentOf(text)} {
			if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00\u202e") {
				t.Errorf("%q: got %q", text, got)
			}
		}
		if n := utf8.RuneCountInString(msg.CleanClientName(text)); n > msg.MaxClientName {
			t.Errorf("%q: got %d characters", text, n)
		}
	})
}
