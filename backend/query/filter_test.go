package query_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// tick is a message that most queries of these tests are asked about: emitted 3 ms
// late at 14:30:05.25 of today, after 12 ms of waiting.
func tick() *msg.Record {
	year, month, day := time.Now().Date()
	at := time.Date(year, month, day, 14, 30, 5, 250_000_000, time.Local)
	return &msg.Record{
		Message: &msg.Message{
			Seq: 120, Namespace: "/ws/rt_market", Event: "tick", Rooms: []string{"AAPL", "NVDA"},
			Origin:  msg.Origin{Door: msg.DoorSocketIO, Client: "a1b2", Key: "phone"},
			Payload: []byte(payload), Accepted: at.Add(-12 * time.Millisecond),
		},
		Outcome: msg.Emitted, Due: at.Add(-3 * time.Millisecond), At: at, Sockets: 7,
	}
}

const payload = `{"symbol":"AAPL","price":251.50,"id":9007199254740993,"text":"189.30","name":"Caf\u00e9 \"Übermut\"","up":true,"none":null,` +
	`"last price":4,"tags":["fast","red"],"legs":[{"price":1},{"price":-2.5e3}],"inner":"{\"a\":{\"b\":[1,\"x y\"]}}","a/b~c":1,"empty":"","list":[]}`

func TestAQuerySelects(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                     true,
		" \t\n\r\n ":                           true,
		"event:tick":                           true,
		`event:"tick"`:                         true,
		"event:Tick":                           false, // names are as they are
		"event:tock":                           false,
		"event:tock,tick":                      true,
		`event:"a b",t*`:                       true,
		"event=tick":                           true,
		"event=t*":                             false, // no wildcard
		`event:"t*"`:                           false,
		"event:t*k":                            true,
		"event:*ic*":                           true,
		"event:*":                              true,
		"event:t*x":                            false,
		"event!=tick":                          false,
		"event!=tock,bar":                      true,
		"ns:/ws/rt_market":                     true,
		"ns:/ws/*":                             true,
		"ns:/ws":                               false,
		"event:tick ns:/other":                 false,
		"event:tock OR ns:/ws/*":               true,
		"event:tock OR tock size>1":            false, // (tock or tock) and size
		"size>1 event:tock OR AAPL":            true,
		"(event:tock size>1) OR AAPL":          true,
		"-event:tick":                          false,
		"NOT event:tick":                       false,
		"NOT -event:tick":                      true,
		"--event:tick":                         true,
		"-(event:tick ns:/x)":                  true,
		"-(event:tock OR event:tick)":          false,
		"event:tock OR event:bar\nsize>1":      false,
		"event:tock OR\tevent:tick\n-(ns:/x)":  true,
		"AAPL":                                 true,
		"aapl":                                 true,
		"RT_Market":                            true,
		"TICK":                                 true,
		"msft":                                 false,
		"-msft":                                true,
		"aa*pri*251":                           true,
		"pri*aa*251":                           false,
		`"symbol\":\"aapl"`:                    true,
		"café":                                 true,
		"CAFÉ":                                 true,
		`"\"übermut\""`:                        true,
		`"a*pl"`:                               false,
		"data:*":                               true,
		"data.symbol:AAPL":                     true,
		"data.symbol:aapl":                     false,
		"data.symbol:MSFT,AAPL":                true,
		"data.symbol:A*":                       true,
		"data.symbol=A*":                       false,
		"data.symbol:*":                        true,
		"data.nothing:*":                       false,
		"-data.nothing:*":                      true,
		"data.none:*":                          true,
		"data.none:null":                       true,
		"data.up:true":                         true,
		`data.up:"true"`:                       false,
		"data.price>250":                       true,
		"data.price>251.5":                     false,
		"data.price>=251.5":                    true,
		"data.price:251.5":                     true,
		"data.price=2515e-1":                   true,
		"data.price!=251.5":                    false,
		"data.price<1e3":                       true,
		`data.price:"251.50"`:                  false, // in quotes it is text
		"data.price:251*":                      true,
		"data.id:9007199254740993":             true,
		"data.id:9007199254740992":             false,
		"data.id>9007199254740992":             true,
		"data.text>189":                        true, // a number in a string
		"data.text:189.3":                      true,
		`data.text:"189.3"`:                    false,
		`data.text:"189.30"`:                   true,
		"data.symbol>AAAA":                     true,
		"data.symbol<AAAA":                     false,
		"data.symbol>5":                        false,
		"data.price>abc":                       false,
		`data.name:"Café \"Übermut\""`:         true,
		"data.name:Caf*Über*":                  true,
		`data."last price":4`:                  true,
		`data."a/b~c":1`:                       true,
		"data.tags:red":                        true,
		"data.tags:r*":                         true,
		"data.tags:blue":                       false,
		"data.tags[1]:red":                     true,
		"data.tags.1:red":                      true,
		"data.tags[2]:*":                       false,
		"data.legs[1].price<-2000":             true,
		"data.legs[1].price:-2500":             true,
		"data.legs.price:*":                    false,
		"data.inner.a.b[0]:1":                  true,
		`data.inner.a.b[1]:"x y"`:              true,
		"data.inner.a.c:*":                     false,
		"data.symbol.x:*":                      false,
		`data.empty:""`:                        true,
		"data.list:*":                          true,
		"data.list:1":                          false,
		"size>200":                             true,
		"size<1KiB":                            true,
		"size>0.5kb":                           false,
		"sockets:7":                            true,
		"sockets:1,7":                          true,
		"sockets<7":                            false,
		"seq>=120 seq<=120":                    true,
		"seq:121":                              false,
		"late>1ms":                             true,
		"late>=3ms late<=3ms":                  true,
		"late<3ms":                             false,
		"wait:12ms":                            true,
		"wait>0.0125s":                         false,
		"late:*":                               true,
		"time:14:30":                           true,
		"time:14:31":                           false,
		"time:14:30:05":                        true,
		"time:14:30:05.2":                      true,
		"time:14:30:05.20":                     false,
		"time>14:30":                           true,
		"time>=14:30:05 time<14:30:06":         true,
		"time>14:30:05.5":                      false,
		"time>2026-01-02T15:04:05Z":            true,
		"time<2026-01-02T15:04:05.5+02:00":     false,
		"source:socketio":                      true,
		"source:rest":                          false,
		"source:rest,s*":                       true,
		"client:a1b2":                          true,
		"client:a*":                            true,
		"key:phone":                            true,
		`key:""`:                               false,
		"room:AAPL":                            true,
		"room:MSFT":                            false,
		"room:N*":                              true,
		`room:""`:                              false,
		"to:*":                                 false,
		`to:""`:                                true,
		"outcome:emitted":                      true,
		"outcome:dropped":                      false,
		"reason:*":                             false,
		`-"free text" NOT(event:x OR event:y)`: true,
		"tick)":                                false, // never reached: it is no text
	} {
		f, err := query.Parse(text)
		if text == "tick)" {
			if err == nil {
				t.Errorf("%s: no error", text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := f.Match(tick()); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
		again, err := query.Parse(f.String())
		if err != nil || !again.Equal(f) || again.Match(tick()) != want {
			t.Errorf("%s: written as %s, which is %s (%v)", text, f, again, err)
		}
	}
}

func TestASpanHasItsBeginningAndNotItsEnd(t *testing.T) {
	r := tick()
	for _, c := range []struct {
		from, to time.Time
		want     bool
	}{
		{time.Time{}, time.Time{}, true},
		{r.At, time.Time{}, true},
		{r.At.Add(1), time.Time{}, false},
		{time.Time{}, r.At, false},
		{r.At, r.At.Add(1), true},
	} {
		f, err := query.Between(c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Match(r); got != c.want {
			t.Errorf("%s: got %v, want %v", f, got, c.want)
		}
	}
	if _, err := query.Between(time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}); !errors.Is(err, fault.Invalid) {
		t.Errorf("a time that nothing ends at: got %v, want Invalid", err)
	}
}

func TestWhatWasDroppedOnPurposeIsNotAmongTheLost(t *testing.T) {
	r := tick()
	r.Outcome = msg.DroppedOnPurpose
	for text, want := range map[string]bool{"outcome:dropped_on_purpose": true, "outcome:dropped": false, "outcome:dropped*": true} {
		if got := mustParse(t, text).Match(r); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestAMessageThatWasNotEmittedHasNoLateness(t *testing.T) {
	r := tick()
	r.Outcome, r.Reason, r.Rooms, r.Origin = msg.Dropped, msg.Oldest, nil, msg.Origin{Door: msg.DoorREST}
	for text, want := range map[string]bool{
		"late>1ms": false, "late<1ms": false, "late:*": false, "wait>1ms": true,
		"outcome:dropped reason:oldest": true, "outcome:dropped_on_purpose": false, "room:*": false, `room:""`: true, `client:"" key:""`: true, "key:*": false,
	} {
		if got := mustParse(t, text).Match(r); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestAPayloadMayBeOneValueOrTextWithJSONInIt(t *testing.T) {
	for _, c := range []struct {
		payload, text string
		want          bool
	}{
		{`5`, "data>4", true},
		{`5`, "data:5", true},
		{`"on"`, "data:on", true},
		{`[3,9]`, "data>8", true},
		{`[3,9]`, "data[0]>8", false},
		{`null`, "data:null", true},
		{`"{\"price\":251}"`, "data.price>250", true},
		{`" [{\"price\":251}]"`, "data[0].price>250", true},
		{`"\n\t{\"price\":251}"`, "data.price>250", true},
		{`"\"{\\\"price\\\":251}\""`, "data.price>250", true},
		{`"{\"price\":251"`, "data.price>250", false},
		{`"{\"price\":\"\\u00e9\"}"`, "data.price:é", true},
		{`{"a":1,"a":2}`, "data.a:2", true}, // of repeated keys the last
		{`""`, `data:""`, true},
	} {
		r := tick()
		r.Payload = []byte(c.payload)
		if got := mustParse(t, c.text).Match(r); got != c.want {
			t.Errorf("%s of %s: got %v, want %v", c.text, c.payload, got, c.want)
		}
	}
}

func mustParse(t *testing.T, text string) query.Filter {
	t.Helper()
	f, err := query.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f
}

func TestAWrongQueryIsToldWhatIsWrongAndWhere(t *testing.T) {
	long := "event:" + strings.Repeat("x", query.MaxBytes)
	for _, c := range []struct{ text, where, says string }{
		{"ns:/ws evnt:tick", "evnt", `unknown field "evnt"; did you mean event?`},
		{"namespace:/ws", "namespace", "did you mean ns?"},
		{"payload.x>5", "payload.x", "did you mean data.x?"},
		{"http://example.com", "http", `put it in quotes: "http://example.com"`},
		{"café sice>5", "sice", "did you mean size?"},
		{">5", ">", "a field is missing"},
		{"event:", "", `a value is missing here; no value at all is written ""`},
		{"event:a,", "", "a value is missing here"},
		{"size:>200", ">", "compare without the colon"},
		{"event>tick", ">", "event is a name"},
		{"size>big", "big", "a number of bytes"},
		{"late>1", "1", "a number and a unit"},
		{"seq:1.5", "1.5", "a whole number"},
		{"time>noon", "noon", "a time of today"},
		{"data.x>5,6", "6", "with one value"},
		{"source:web", "web", "it is rest, socketio, websocket, udp, reply, simulator, replay or import"},
		{"outcome:lost", "lost", "it is emitted, dropped, dropped_on_purpose or received"},
		{"(a b", "(", "not closed"},
		{"a) b", ")", "closes nothing"},
		{"a ()", "()", "nothing between"},
		{`a "b c`, `"b c`, "this quote is not closed"},
		{"\"b\nc\"", `"b`, "this quote is not closed"}, // each line is for itself
		{`"a\x"`, `\x`, "not an escape"},
		{`"a\u12"`, `\u`, "not an escape"},
		{`a"b"`, `"`, "a space is missing"},
		{`"a"b`, "b", "a space is missing"},
		{"event:a(b)", "(", "a space is missing"},
		{"OR a", "OR", "OR needs a term before it"},
		{"a OR", "", "a term is missing"},
		{"a OR\nb", "", "a term is missing"},
		{"(a OR) b", "", "a term is missing"},
		{"a AND b", "AND", "white space means and"},
		{"a -", "", "a term is missing"},
		{"a NOT", "", "a term is missing"},
		{"data.:5", ".", "a key is missing"},
		{"data.a..b:5", ".", "a key is missing"},
		{"data[x]:5", "[", "not the place of an element"},
		{`data."last price"`, `data."last price"`, "a comparison is missing"},
		{"*", "*", "looks for nothing"},
		{`""`, `""`, "looks for nothing"},
		{"a \x00 b", "\x00", "U+0000"},
		{"a \xff b", "a \xff b", "not UTF-8"},
		{long, long[query.MaxBytes:], "at most 4096"},
		{strings.Repeat("a ", query.MaxTerms) + "b", "b", "more than 64 terms"},
		{"event:" + strings.Repeat("a,", query.MaxValues) + "b", "b", "more than 256 values"},
		{strings.Repeat("-(", query.MaxDepth/2) + "-x" + strings.Repeat(")", query.MaxDepth/2), "x", "deeper than 16"},
	} {
		_, err := query.Parse(c.text)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Code != "invalid_query" || f.Place == nil || !strings.Contains(f.Error(), c.says) {
			t.Errorf("%.80q: got %v, want it to say %q", c.text, err, c.says)
			continue
		}
		runes := []rune(c.text)
		if got := string(runes[f.Place.At : f.Place.At+f.Place.Length]); got != string([]rune(c.where)) {
			t.Errorf("%.80q: got place %d+%d, %q, want %q", c.text, f.Place.At, f.Place.Length, got, c.where)
		}
		if f.Hint == "" {
			t.Errorf("%.80q: %v does not say what to do", c.text, err)
		}
	}
}

func TestAQueryIsWrittenInOneWay(t *testing.T) {
	for text, want := range map[string]string{
		" event:tick   ns:/a ":  "event:tick ns:/a",
		`event:"tick","a b"`:    `event:tick,"a b"`,
		"(a b) c":               "a b c",
		"((a)) OR (b OR c)":     "a OR b OR c",
		"a\nb OR (c d)":         "a b OR (c d)",
		"NOT (a b)":             "-(a b)",
		"NOT NOT a":             "a",
		"NOT a OR b":            "-a OR b",
		"data.x!=5":             "-data.x=5",
		`data."a b"[0]:"5"`:     `data."a b"[0]:"5"`,
		`"a\"b\\\u0007\n"`:      `"a\"b\\\u0007\u000a"`,
		"size>1KiB data.x:a*,b": "size>1KiB data.x:a*,b",
	} {
		if got := mustParse(t, text).String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if got, want := query.Stream("/ws", "two words").String(), `ns:/ws event:"two words"`; got != want {
		t.Errorf("a stream: got %s, want %s", got, want)
	}
	if got := query.Stream("/ws", "").And(mustParse(t, "a OR b")).String(); got != "ns:/ws a OR b" {
		t.Errorf("both: got %s", got)
	}
}

func TestNamesAreAskedBeforePayloads(t *testing.T) {
	f := mustParse(t, `"not there" data.x:1 event:other`)
	r := tick()
	r.Payload = []byte("no JSON at all, which would not be survived") // only intake's JSON may be looked into
	if f.Match(r) {
		t.Error("it was selected")
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	r := tick()
	for _, text := range []string{
		"event:tick ns:/ws/* size>200 late>1ms wait<1s room:AAPL source:socketio time>14:00",
		"data.symbol:AAPL data.price>250 data.id>9007199254740992 data.legs[1].price<0 data.tags:red data.name:Caf*",
		`-heartbeat "übermut" OR "not there"`,
	} {
		f := mustParse(t, text)
		if !f.Match(r) {
			t.Errorf("%s does not select the message", text)
		}
		if got := testing.AllocsPerRun(100, func() { f.Match(r) }); got != 0 {
			t.Errorf("%s: %v allocations, want 0", text, got)
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	r := tick()
	for _, text := range []string{
		"ns:/ws/rt_market event:tick", "event:t*", "size>200", "data.symbol:AAPL", "data.price>250",
		"msft", "event:tick data.price>250 -heartbeat", "data.inner.a.b:1",
	} {
		b.Run(fmt.Sprintf("%q", text), func(b *testing.B) {
			f, err := query.Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				f.Match(r)
			}
		})
	}
}
