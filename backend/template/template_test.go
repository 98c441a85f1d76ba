package template_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/template"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 5_000_000, time.UTC) }

// write writes the first messages of a producer's template.
func write(t *testing.T, text string, count int) []string {
	t.Helper()
	tmpl, err := template.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return runOn(t, tmpl.Start(template.Env{Now: noon, Seed: 7}), count)
}

func runOn(t *testing.T, run *template.Run, count int) (out []string) {
	t.Helper()
	for range count {
		text, err := run.Append(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

// answer writes one answer to what a client said.
func answer(t *testing.T, text, payload string) string {
	t.Helper()
	tmpl, err := template.ParseReply(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	said := &template.Said{Namespace: "/ws", Event: `hi "you"`, Client: "c1"}
	if payload != "" {
		if said.Payload, err = jsontext.Compact([]byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := tmpl.Start(template.Env{Now: noon}).Append(nil, said)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestTemplateWritesCompactJSON(t *testing.T) {
	for text, want := range map[string]string{
		` { "a b" : [ 1 , "x {{seq}} \" y" ] , "c":{{ seq }}} `: `{"a b":[1,"x 1 \" y"],"c":1}`,
		`{{seq}}`:                           `1`,
		`"{{seq}}"`:                         `"1"`,
		`{"{{seq}}":null}`:                  `{"1":null}`,
		`{"at":{{now}},"ms":{{now ms}}}`:    `{"at":"2026-03-01T12:00:00.005Z","ms":1772366400005}`,
		`"{{now}} {{now s}}"`:               `"2026-03-01T12:00:00.005Z 1772366400"`,
		`{{pick "a\"b"}}`:                   `"a\"b"`,
		`"{{pick "a\"b"}}"`:                 `"a\"b"`,
		`[{{pick true}},{{pick null "x"}}]`: `[true,null]`,
		`{{pick "}}"}}`:                     `"}}"`,
		`{{rand 5 5}}`:                      `5`,
		`{{rand -0.50 -0.5}}`:               `-0.50`,
		"{{\nseq\n}}":                       `1`,
		`"\u007b{seq}}"`:                    `"\u007b{seq}}"`,
	} {
		if got := write(t, text, 1)[0]; got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestFieldsBehindOthersReckonWithTheirNumbers(t *testing.T) {
	for text, want := range map[string]string{
		`{"price":231.42,"bid":{{price - 0.01}},"ask":{{price+0.01}}}`: `{"price":231.42,"bid":231.41,"ask":231.43}`,
		`{"a":{{rand 3 3}},"b":{{a + a - 1}}}`:                         `{"a":3,"b":5}`,
		`{"a":1,"b":{{a - 1.005}}}`:                                    `{"a":1,"b":-0.005}`,
		`{"last price":2,"id":3,"b":{{"last price" + "id"}}}`:          `{"last price":2,"id":3,"b":5}`,
		`{"a":1,"b":{"a":2},"c":{{a}}}`:                                `{"a":1,"b":{"a":2},"c":2}`,
		`{"a":-1.5e0,"b":"{{a}}"}`:                                     `{"a":-1.5e0,"b":"-1.5"}`,
		`{"n":{{seq + 9}},"m":{{n + 1}}}`:                              `{"n":10,"m":11}`,
		`{"a":3000000000000000000,"b":{{a + 3000000000000000000}}}`:    `{"a":3000000000000000000,"b":null}`,
		`{"price":{{pick 1.50}},"x":{{price + 1}}}`:                    `{"price":1.50,"x":2.50}`,
	} {
		if got := write(t, text, 1)[0]; got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestAFieldIsTheOneOfTheSameMessage(t *testing.T) {
	for i, got := range write(t, `[{"price":{{walk 100 1}}},{"b":{{price}}}]`, 50) {
		var price, b int
		if _, err := fmt.Sscanf(got, `[{"price":%d},{"b":%d}]`, &price, &b); err != nil || price != b {
			t.Errorf("message %d: got %s, %v, want the same number twice", i, got, err)
		}
	}
}

func TestWalkBeginsAtItsStartAndKeepsToItsStep(t *testing.T) {
	last := 100.0
	for i, text := range write(t, `{{walk 100.00 0.25}}`, 1000) {
		var at float64
		if _, err := fmt.Sscan(text, &at); err != nil || len(text) < 5 || text[len(text)-3] != '.' {
			t.Fatalf("got %q, want a number with two decimals", text)
		}
		if step := at - last; step > 0.2501 || step < -0.2501 || i == 0 && step != 0 {
			t.Errorf("message %d: got a step of %v, want at most 0.25, and none at first", i, step)
		}
		last = at
	}
}

func TestRandHasBothOfItsBoundsAndNothingBeyond(t *testing.T) {
	seen := map[string]bool{}
	for _, text := range write(t, `{{rand -1 1}}`, 200) {
		seen[text] = true
	}
	if len(seen) != 3 || !seen["-1"] || !seen["0"] || !seen["1"] {
		t.Errorf("got %v, want -1, 0 and 1", seen)
	}
}

func TestTheSameSeedWritesTheSameBytes(t *testing.T) {
	tmpl, err := template.Parse(`{"id":{{id}},"n":{{seq}},"r":{{rand 0.000 1.000}},"w":{{walk 5 1}},"p":{{pick "a" "b"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	start := func(seed, producer uint64) string {
		return strings.Join(runOn(t, tmpl.Start(template.Env{Now: noon, Seed: seed, Producer: producer, Producers: 2}), 20), "\n")
	}
	if a, b := start(7, 1), start(7, 1); a != b {
		t.Errorf("got %s\nand then %s\nwant the same", a, b)
	}
	if start(7, 1) == start(8, 1) || start(7, 1) == start(7, 0) {
		t.Error("got the same of another seed or producer, want something else")
	}
	const first = `{"id":"9e2fb1ae-3168-4d3d-8d79-8129dd9230be","n":2,`
	if got := start(7, 1); !strings.HasPrefix(got, first) {
		t.Errorf("got %.60s, want %s as on every machine", got, first)
	}
}

func TestProducersShareTheSequence(t *testing.T) {
	tmpl, err := template.Parse(`{{seq}}`)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(runOn(t, tmpl.Start(template.Env{Producer: 2, Producers: 3}), 3), " ")
	if want := "3 6 9"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestIDsAreRandomUUIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range write(t, `{{id}}`, 100) {
		if len(id) != 38 || id[15] != '4' || strings.IndexByte("89ab", id[20]) < 0 || seen[id] {
			t.Errorf("got %s, want a new UUID of version 4", id)
		}
		seen[id] = true
	}
}

func TestAnAnswerRepeatsWhatTheClientSaid(t *testing.T) {
	const said = `{"symbol":"A\"A","n":2.5,"legs":[{"p":1}],"a/b~":true,"text":"{\"in\":7}","sci":1e2}`
	for text, want := range map[string]string{
		`{{data.symbol}}`:                       `"A\"A"`,
		`"<{{data.symbol}}>"`:                   `"<A\"A>"`,
		`{{data.legs}}`:                         `[{"p":1}]`,
		`"{{data.legs}}"`:                       `"[{\"p\":1}]"`,
		`{{data.legs[0].p + 1}}`:                `2`,
		`{{data."a/b~"}}`:                       `true`,
		`{{data.text.in}}`:                      `7`,
		`{{data.none}}`:                         `null`,
		`"<{{data.none}}>"`:                     `"<>"`,
		`{{data.symbol + 1}}`:                   `null`,
		`{"p":{{data.n}},"q":{{p - 0.25}}}`:     `{"p":2.5,"q":2.25}`,
		`{{data.sci + 0.5}}`:                    `100.5`,
		`[{{event}},"{{event}}",{{namespace}}]`: `["hi \"you\"","hi \"you\"","/ws"]`,
		`{{client}}`:                            `"c1"`,
	} {
		if got := answer(t, text, said); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if got := answer(t, `{"all":{{data}}}`, ""); got != `{"all":null}` {
		t.Errorf("to nothing: got %s, want null", got)
	}
}

func TestAMistakeIsNamedWithItsPlaceAndWhatToDo(t *testing.T) {
	for text, want := range map[string]struct {
		at, length int
		says       string
	}{
		"{\"a\": 1,\n \"é\": {{nwo}}}": {17, 3, `line 2, column 9: there is no function, and before this no field with a number, that is called "nwo"; known are now,`},
		`{"price":1,"b":{{prise}}}`:    {17, 5, `and the fields ["price"]`},
		`{"a":{{b}},"b":1}`:            {7, 1, "called \"b\""},
		`{"a": {{seq}`:                 {6, 2, "line 1, column 7: this {{ has no }} behind it; close it"},
		`{"a": {{seq}} "b"}`:           {14, 1, "line 1, column 15: a comma or the closing bracket is missing"},
		`{{seq}}{{seq}}`:               {7, 1, "more text"},
		`1{{seq}}`:                     {1, 1, "more text"},
		`{"a":{{}}}`:                   {7, 0, "a value is missing here"},
		`{{rand 5 1}}`:                 {2, 8, "the first number is above the second"},
		`{{rand 5}}`:                   {2, 6, "rand wants two numbers"},
		`{{walk 5 0}}`:                 {2, 8, "not above 0"},
		`{{now h}}`:                    {6, 1, `"h" is no unit of time`},
		`{{pick}}`:                     {2, 4, "nothing to pick from"},
		`{{pick buy}}`:                 {7, 3, "text in quotes"},
		`{{pick "\x"}}`:                {7, 4, "not a text in quotes"},
		`{{seq seq}}`:                  {6, 3, "one too many"},
		`{{id + 1}}`:                   {5, 3, "one too many"},
		`{{seq + id}}`:                 {7, 3, "only numbers can be added"},
		`{{seq + 01}}`:                 {8, 2, "not a number"},
		`{{seq + 0.1234567891}}`:       {8, 12, "at most 9 decimals"},
		`{{data.symbol}}`:              {2, 4, "only a reply rule knows"},
		`{{=}}`:                        {2, 1, "no value begins like this"},
		``:                             {0, 0, "the text ends"},
		`{{`:                           {0, 2, "has no }}"},
	} {
		_, err := template.Parse(text)
		f := fault.From(err)
		if !errors.Is(err, fault.Invalid) || f.Code != "invalid_template" || f.Hint == "" || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s: got %v, want invalid_template that says %q", text, err, want.says)
			continue
		}
		if got, at := *f.Place, (fault.Place{At: want.at, Length: want.length}); got != at {
			t.Errorf("%s: got place %v, want %v", text, got, at)
		}
	}
}

func TestAnAnswerNamesWhatIsWrongInItsPath(t *testing.T) {
	for text, want := range map[string]string{
		`{{data.}}`:      "a key is missing",
		`{{data[x]}}`:    "not the place of an element",
		`{{data."x}}"}}`: "",
	} {
		if _, err := template.ParseReply(text); want != "" && (err == nil || !strings.Contains(err.Error(), want)) || want == "" && err != nil {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestBoundsOfATemplate(t *testing.T) {
	if _, err := template.Parse(`"` + strings.Repeat("x", template.MaxText) + `"`); !errors.Is(err, fault.TooLarge) {
		t.Errorf("a long text: got %v, want too_large", err)
	}
	if _, err := template.Parse("\"\xff\""); !errors.Is(err, fault.Invalid) {
		t.Errorf("no UTF-8: got %v, want invalid", err)
	}
	tmpl, err := template.ParseReply("[" + strings.Repeat(`{{data}},`, 1000) + "0]")
	if err != nil {
		t.Fatal(err)
	}
	said := &template.Said{Payload: []byte(`"` + strings.Repeat("x", 2000) + `"`)}
	out, err := tmpl.Start(template.Env{}).Append([]byte("before"), said)
	if !errors.Is(err, fault.TooLarge) || string(out) != "before" || cap(out) > 4*template.MaxOutput {
		t.Errorf("got %d bytes of %d, %v, want what was there before, and too_large", len(out), cap(out), err)
	}
}

func TestAppendAllocatesNothingWithRoomEnough(t *testing.T) {
	tmpl, err := template.ParseReply(everything)
	if err != nil {
		t.Fatal(err)
	}
	run, to := tmpl.Start(template.Env{}), make([]byte, 0, 1024)
	said := &template.Said{Event: "é\"", Payload: []byte(`{"a":[1,{"b":"c"}]}`)}
	if n := testing.AllocsPerRun(100, func() { to, _ = run.Append(to[:0], said) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

const everything = `{"symbol":{{pick "AAPL" "NVDA"}},"price":{{walk 231.42 0.02}},"bid":{{price - 0.01}},"ask":{{price + 0.01}},
	"size":{{pick 100 200 300}},"id":{{id}},"r":{{rand 1 10}},"n":{{seq}},"ts":{{now ms}},"at":"{{now}}","e":{{event}},"d":"{{data.a}}"}`

func BenchmarkAppend(b *testing.B) {
	tmpl, err := template.Parse(`{"symbol":"AAPL","price":{{walk 231.42 0.02}},"bid":{{price - 0.01}},"ask":{{price + 0.01}},"size":{{pick 100 200 300}},"volume":48217940,"venue":"XNAS","ts":{{now ms}}}`)
	if err != nil {
		b.Fatal(err)
	}
	run, to := tmpl.Start(template.Env{}), make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		to, _ = run.Append(to[:0], nil)
	}
	b.SetBytes(int64(len(to)))
}
