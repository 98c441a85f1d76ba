package alert

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

func learned(payloads ...string) *outline {
	o := &outline{}
	for _, p := range payloads {
		o.learn([]byte(p))
	}
	return o
}

func TestAnOutlineTellsWhatIsNewMissingOrOfAnotherType(t *testing.T) {
	known := []string{`{"symbol":"AAPL","price":1,"legs":[{"id":1}],"deep":{"on":true}}`, `{"symbol":"MSFT","price":2.5,"legs":[],"deep":{"on":false}}`}
	for payload, want := range map[string][]msg.ShapeChange{
		`{"symbol":"X","price":-1e9,"legs":[{"id":2},{"id":3}],"deep":{"on":true}}`: nil,
		`{"symbol":"X","price":"1","legs":[],"deep":{"on":true}}`:                   {{Path: "/price", Kind: msg.FieldType, Was: "number", Is: "text"}},
		`{"symbol":"X","price":1,"legs":[],"deep":{"on":true},"a/b~c":[]}`:          {{Path: "/a~1b~0c", Kind: msg.FieldNew, Is: "array"}},
		`{"symbol":"X","legs":[],"deep":{"on":true}}`:                               {{Path: "/price", Kind: msg.FieldMissing, Was: "number"}},
		`{"symbol":"X","price":null,"legs":[],"deep":{"on":true}}`:                  {{Path: "/price", Kind: msg.FieldMissing, Was: "number"}},
		`{"symbol":"X","price":1,"legs":[{"id":"x"}],"deep":{}}`: {
			{Path: "/legs/*/id", Kind: msg.FieldType, Was: "number", Is: "text"}, {Path: "/deep/on", Kind: msg.FieldMissing, Was: "boolean"},
		},
		`[1]`:  {{Kind: msg.FieldType, Was: "object", Is: "array"}},
		`null`: nil,
	} {
		if diff := cmp.Diff(want, learned(known...).compare([]byte(payload))); diff != "" {
			t.Errorf("%s: -want +got:\n%s", payload, diff)
		}
	}
}

func TestAFieldThatIsThereSometimesMayBeAbsent(t *testing.T) {
	o := learned(`{"a":1,"note":"x","n":null}`, `{"a":1,"n":2}`, `{"a":1,"note":null}`)
	for _, payload := range []string{`{"a":1}`, `{"a":1,"note":"y"}`, `{"a":1,"note":null,"n":3}`} {
		if got := o.compare([]byte(payload)); got != nil {
			t.Errorf("%s: got %v, want no change", payload, got)
		}
	}
}

func TestWhatWasOnlyEverNullOrEmptyMayBecomeAnything(t *testing.T) {
	o := learned(`{"a":null,"list":[]}`)
	if got := o.compare([]byte(`{"a":{"b":1},"list":[1]}`)); got != nil {
		t.Errorf("got %v, want no change", got)
	}
	want := []msg.ShapeChange{
		{Path: "/a", Kind: msg.FieldType, Was: "object", Is: "text"}, {Path: "/list/*", Kind: msg.FieldType, Was: "number", Is: "text"},
	}
	if diff := cmp.Diff(want, o.compare([]byte(`{"a":"x","list":["y"]}`))); diff != "" {
		t.Errorf("and then it is what it became: -want +got:\n%s", diff)
	}
}

func TestAFieldIsMissedInEachMessageWithoutIt(t *testing.T) {
	o := learned(`{"a":[{"b":1},{"b":2}]}`)
	for range 2 {
		if got := o.compare([]byte(`{"a":[{"b":1},{},{"b":1}]}`)); len(got) != 1 {
			t.Errorf("got %v, want that /a/*/b is missing", got)
		}
		if got := o.compare([]byte(`{"a":[{"b":1}]}`)); got != nil {
			t.Errorf("got %v, want no change", got)
		}
	}
}

func TestSeveralTypesAreAllKnown(t *testing.T) {
	o := learned(`{"v":1}`, `{"v":"x"}`)
	want := []msg.ShapeChange{{Path: "/v", Kind: msg.FieldType, Was: "text or number", Is: "boolean"}}
	if diff := cmp.Diff(want, o.compare([]byte(`{"v":true}`))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestKeysThatAreDataAreNeitherNewNorMissing(t *testing.T) {
	prices := func(n int) string {
		var all []string
		for i := range 5 {
			all = append(all, fmt.Sprintf(`"S%d":1`, n*3+i))
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	o := &outline{}
	for i := range 10 {
		o.learn([]byte(prices(i)))
	}
	if got := o.compare([]byte(prices(1000))); got != nil {
		t.Errorf("got %v, want no change", got)
	}
	if got := o.compare([]byte(`{"S1":"x"}`)); len(got) != 1 || got[0].Kind != msg.FieldType {
		t.Errorf("another type: got %v, want that told", got)
	}
}

func TestTheEscapesOfAKeyChangeNothing(t *testing.T) {
	if got := learned(`{"größe":1}`).compare([]byte(`{"gr\u00f6\u00dfe":2}`)); got != nil {
		t.Errorf("got %v, want no change", got)
	}
}

func TestAnOutlineIsBounded(t *testing.T) {
	o := &outline{}
	for i := range 2000 {
		o.learn(fmt.Appendf(nil, `{"k%d":{"a":{"b%d":[[[%d]]]}},"x":{"y%d":1}}`, i%60, i, i, i))
	}
	if o.fields > maxFields {
		t.Errorf("got %d fields, want at most %d", o.fields, maxFields)
	}
	deep := []byte(strings.Repeat(`[`, 60) + strings.Repeat(`]`, 60))
	if o := learned(string(deep)); o.fields > maxLevels {
		t.Errorf("got %d levels, want at most %d", o.fields, maxLevels)
	}
}

func TestOneMessageTellsAFewChanges(t *testing.T) {
	all := map[string]int{}
	for i := range 60 {
		all[fmt.Sprint("f", i)] = i
	}
	payload, _ := json.Marshal(all)
	if got := learned(`{"a":1}`).compare(payload); len(got) != maxChanges {
		t.Errorf("got %d changes, want %d", len(got), maxChanges)
	}
}

func FuzzOutline(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":[{"c":null}]}`), []byte(`{"a":"x","b":[{"c":[]}],"\u0061":2}`))
	f.Add([]byte(`{"a":1,"a":{}}`), []byte(`[[],{}]`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a, errA := jsontext.Compact(first)
		b, errB := jsontext.Compact(second)
		if errA != nil || errB != nil {
			t.Skip()
		}
		o := learned(string(a))
		if got := o.compare(a); got != nil {
			t.Errorf("%s differs from itself by %v", a, got)
		}
		o.compare(b) // it may adopt something
		if once, again := o.compare(b), o.compare(b); len(once) > maxChanges || !cmp.Equal(once, again) {
			t.Errorf("%s beside %s: got %v, and then %v", b, a, once, again)
		}
		o.learn(b)
		if got := o.compare(b); got != nil {
			t.Errorf("%s was learned and differs by %v", b, got)
		}
		if o.fields > maxFields {
			t.Errorf("got %d fields", o.fields)
		}
	})
}
