package config

import (
	"errors"
	"strings"
	"testing"

	"emitscope/backend/fault"
)

func FuzzLoad(f *testing.F) {
	f.Add([]byte(Show(Defaults())))
	for _, s := range []string{
		"limits = { max_frame = 7 }", "[[lanes]]\n[lanes.\"/a\"]", "a.b.c = 1\na.b = 2", "lan = true\r\nlan = 1", "\"\\u0000\" = 1",
		"[lanes.\"/a\"]\nrate = nan", "addr = '''\n127.0.0.1:1'''", "lanes.\"/a\" = {interval=\"1s\", key=\"/\\uD7FF\"}", "x = 1e400", "x = 99999999999999999999",
		"[lanes.\"/a\"]\nfull = \"latest\"\nkey = \"/s\"\n[lanes.\"/b\"]\nrate = 2.5\nrelay = true",
		"[[rule]]\nname = \"a\"\nnamespace = \"/a\"\nevent = \"e\"\nact = \"ack\"\ndata = '{{data.x}}'\ndelay = \"1ms\"\nprobability = 0.1",
		"[[rule]]\n[rule.x]\n[[rule.y]]\n[[rule]]", "rule = [{name = \"a\", rooms = [\"b\"]}]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parse("file", text)
		if err != nil {
			if !errors.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), "file:") {
				t.Fatalf("got %v, want an Invalid error that names the file", err)
			}
			return
		}
		c.DataDir = "/data" // a machine may have no default, and Show is for settings that passed Check
		shown := Show(c)
		again, err := parse("shown", []byte(shown))
		if err != nil {
			t.Fatalf("what Show wrote is refused: %v\n%s", err, shown)
		}
		if got := Show(again); got != shown {
			t.Fatalf("shown again:\n%s\nwant\n%s", got, shown)
		}
	})
}

func FuzzDecodeLanes(f *testing.F) {
	f.Add([]byte(`{"lanes":{"/a":{"interval":"1s","rate":0,"catch_up":"skip","capacity":1,"max_bytes":1048576,"full":"reject"}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		lanes, err := decodeLanes(text)
		if err != nil {
			return
		}
		for name, s := range lanes {
			if err := s.Check(); err != nil {
				t.Fatalf("lane %q was let in: %v", name, err)
			}
		}
	})
}
