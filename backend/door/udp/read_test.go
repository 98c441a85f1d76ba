package udp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

// says are the drafts of a line as text: "event data @time".
func says(t *testing.T, r *reader, line string) []string {
	t.Helper()
	r.reset(msg.Origin{})
	if ok := r.line([]byte(line)); ok != (len(r.drafts) > 0) {
		t.Fatalf("%q: got %v with %d drafts", line, ok, len(r.drafts))
	}
	var all []string
	for _, d := range r.drafts {
		text := d.Event + " " + string(d.Payload)
		if !d.Source.IsZero() {
			text += " @" + d.Source.Format("2006-01-02T15:04:05.999999")
		}
		all = append(all, text)
	}
	return all
}

func TestLinesOfTeleplotAreUnderstood(t *testing.T) {
	for line, want := range map[string][]string{
		"temp:23.4":                      {`temp {"value":23.4}`},
		"temp:23.4|":                     {`temp {"value":23.4}`},
		"temp:23.4|g":                    {`temp {"value":23.4}`},
		" temp : 23.4 ":                  {`temp {"value":23.4}`},
		"temp:12.34e+2":                  {`temp {"value":12.34e+2}`},
		"temp:1627551892437:1234":        {`temp {"value":1234} @2021-07-29T09:44:52.437`},
		"temp:1627551892437.25:1":        {`temp {"value":1} @2021-07-29T09:44:52.43725`},
		"temp:1234§km²":                  {`temp {"value":1234,"unit":"km²"}`},
		"temp:1627551892437:1234§°C|np":  {`temp {"value":1234,"unit":"°C"} @2021-07-29T09:44:52.437`},
		"state:Turned On|t":              {`state {"value":"Turned On"}`},
		"state:1627551892437:Off|t":      {`state {"value":"Off"} @2021-07-29T09:44:52.437`},
		"state:at 12:30|t":               {`state {"value":"at 12:30"}`},
		"state:a|b|t":                    {`state {"value":"a|b"}`},
		"state:on":                       {`state {"value":"on"}`},
		"state:12|t":                     {`state {"value":"12"}`},
		"line:12.3:45.67|xy":             {`line {"x":12.3,"y":45.67}`},
		"line:1:2:1627551892437|xy,np":   {`line {"x":1,"y":2} @2021-07-29T09:44:52.437`},
		"line:1:2;3:4|xy":                {`line {"x":1,"y":2}`, `line {"x":3,"y":4}`},
		"line:1:2:3|xyz":                 {`line {"x":1,"y":2,"z":3}`},
		"v:1627551892444:1;1627551892:2": {`v {"value":1} @2021-07-29T09:44:52.444`, `v {"value":2,"timestamp":1627551892}`},
		"v:1627551892444:a;1:b|t":        {`v {"value":"a"} @2021-07-29T09:44:52.444`, `v {"value":"b","timestamp":1}`},
		"v:1;2;":                         {`v {"value":1}`, `v {"value":2}`},
		"v:5120:1":                       {`v {"value":1,"timestamp":5120}`}, // ms since it was switched on
		"v,pump:1":                       {`v {"value":1,"label":"pump"}`},
		">:Hello: world":                 {`log {"value":"Hello: world"}`},
		">1627551892437:Hello":           {`log {"value":"Hello"} @2021-07-29T09:44:52.437`},
		"hits:1|c|@0.1":                  {`hits {"value":1}`}, // statsd
		"big:12345678901234567890":       {`big {"value":12345678901234567890}`},
		"v:+5":                           {`v {"value":5}`},
		"v:.5":                           {`v {"value":0.5}`},
		"v:5.":                           {`v {"value":5}`},
		"v:-007":                         {`v {"value":-7}`},
		"v:nan":                          {`v {"value":"nan"}`},
		"v:1e999":                        {`v {"value":1e999}`},
		"v:0x10":                         {`v {"value":"0x10"}`},
		`v:a"b\|t`:                       {`v {"value":"a\"b\\"}`},
		"temp":                           nil,
		":5":                             nil,
		"temp:":                          nil,
		"temp:;;":                        nil,
		"temp:now:5":                     nil,
		"temp:1:2:3":                     nil,
		"line:1|xy":                      nil,
		"line:a:b|xy":                    nil,
		"line:1:2;3|xy":                  nil, // all of a line or nothing
		">Hello":                         nil,
		">soon:Hello":                    nil,
		"3D|cube:S:cube:P:1:1:1":         nil,
		"|sayHello|world|":               nil,
	} {
		if diff := cmp.Diff(want, says(t, &reader{}, line)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

func TestWithAnEventOfItsOwnTheNameIsInTheData(t *testing.T) {
	if diff := cmp.Diff([]string{`sensor {"name":"temp","value":1,"unit":"C"}`}, says(t, &reader{event: "sensor"}, "temp:1§C")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALineHasABoundedNumberOfValues(t *testing.T) {
	r := &reader{}
	if got := says(t, r, "v:"+strings.Repeat("1;", maxValues)); len(got) != maxValues {
		t.Errorf("got %d drafts, want %d", len(got), maxValues)
	}
	if got := says(t, r, "v:"+strings.Repeat("1;", maxValues+1)); got != nil {
		t.Errorf("got %d drafts of one value too many, want none", len(got))
	}
}

func TestALineMakesABoundedAmountOfText(t *testing.T) {
	r, unit := &reader{}, strings.Repeat("u", 4000)
	if got := says(t, r, "v:"+strings.Repeat("1;", 100)+"§"+unit); len(got) != 100 {
		t.Errorf("got %d drafts, want 100", len(got))
	}
	if got := says(t, r, "v:"+strings.Repeat("1;", 1000)+"§"+unit); got != nil {
		t.Errorf("got %d drafts of 4 MB together, want none", len(got))
	}
	if got := len(r.text); got != 0 {
		t.Errorf("%d bytes of it are left for the next line, want none", got)
	}
}

func TestNamesDoNotGrowForEver(t *testing.T) {
	r := &reader{}
	for i := range 3 * maxNames {
		r.named(fmt.Append(nil, i))
		if len(r.names) > maxNames {
			t.Fatalf("%d names are kept, want at most %d", len(r.names), maxNames)
		}
	}
}

// Whatever a line says, its drafts are such as intake takes: objects of valid JSON,
// which is the same when white space is taken out.
func FuzzLine(f *testing.F) {
	for _, s := range []string{
		"temp:23.4", "temp:1627551892437:1§km²|np", "a,b:1:2:3|xyz", "line:1:2;3:4|xy", "s:x|t", ">:log", ">9:log", "v:.5;-0;1e-7;+.e", "v:1|c|@0.5", "3D|x:1", "v:\x00\u2028\"",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, line string, fixed bool) {
		if !utf8.ValidString(line) {
			return // of those the door hands none in
		}
		r := &reader{namespace: "/udp"}
		if fixed {
			r.event = "sensor"
		}
		r.line([]byte("before:1"))
		before := string(r.drafts[0].Payload)
		ok := r.line([]byte(line))
		if ok != (len(r.drafts) > 1) {
			t.Fatalf("%q: got %v with %d drafts", line, ok, len(r.drafts)-1)
		}
		if got := string(r.drafts[0].Payload); got != before {
			t.Fatalf("%q changed the draft before it from %s to %s", line, before, got)
		}
		for _, d := range r.drafts {
			var compact bytes.Buffer
			if err := json.Compact(&compact, d.Payload); err != nil || compact.String() != string(d.Payload) {
				t.Fatalf("%q: got %s, which is %v", line, d.Payload, err)
			}
			var data map[string]json.RawMessage // a number may be more than a float64 holds
			if err := json.Unmarshal(d.Payload, &data); err != nil || d.Event == "" || len(data) == 0 {
				t.Fatalf("%q: got event %q with %s (%v)", line, d.Event, d.Payload, err)
			}
			if y := d.Source.Year(); !d.Source.IsZero() && (y < 2000 || y > 2262) {
				t.Fatalf("%q: got the time %v", line, d.Source)
			}
		}
	})
}

func BenchmarkLine(b *testing.B) {
	for name, line := range map[string]string{
		"value": "temperature:23.4", "all": "temperature:1627551892437:23.4§°C|np", "text": "state:Turned On|t",
	} {
		b.Run(name, func(b *testing.B) {
			r, text := &reader{namespace: "/udp"}, []byte(line)
			b.ReportAllocs()
			for b.Loop() {
				r.reset(msg.Origin{})
				if !r.line(text) {
					b.Fatal("not understood")
				}
			}
		})
	}
}
