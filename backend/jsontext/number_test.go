package jsontext

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	const no = math.MaxFloat64
	long := `{"n":` + strings.Repeat("1", maxNumber+1) + `}`
	for _, c := range []struct {
		payload, pointer string
		want             float64
	}{
		{`5`, "", 5},
		{`"231.42"`, "", 231.42},
		{`{"price":231.42}`, "/price", 231.42},
		{`{"a":{"b":[1,{"c":-2e3}]}}`, "/a/b/1/c", -2000},
		{`[{"x":1},7]`, "/1", 7},
		{`{"a/b":1,"~":2}`, "/a~1b", 1},
		{`{"a/b":1,"~":2}`, "/~0", 2},
		{`{"price":"231.42"}`, "/price", 231.42},
		{`"{\"a\": {\"b\": 3}}"`, "/a/b", 3},
		{`{"in":"[1, \"2\"]"}`, "/in/1", 2},
		{`{"n":true}`, "/n", no},
		{`{"n":null}`, "/n", no},
		{`{"n":{}}`, "/n", no},
		{`{"n":""}`, "/n", no},
		{`{"n":"01"}`, "/n", no},
		{`{"n":"1."}`, "/n", no},
		{`{"n":"1e"}`, "/n", no},
		{`{"n":" 1"}`, "/n", no},
		{`{"n":"NaN"}`, "/n", no},
		{`{"n":"-"}`, "/n", no},
		{`{"n":1e999}`, "/n", no},
		{`{"n":1}`, "/m", no},
		{`{"n":1}`, "/n/o", no},
		{`{"n":"{not json"}`, "/n/o", no},
		{`{"n":"5"}`, "/n/o", no},
		{long, "/n", no},
	} {
		got, found := Number([]byte(c.payload), c.pointer)
		if want := c.want != no; found != want || found && got != c.want {
			t.Errorf("%s at %q: got %v, %v; want %v, %v", c.payload, c.pointer, got, found, c.want, want)
		}
	}
}

func TestANumberIsFoundInAsManyStringsAsTheTreeUnwraps(t *testing.T) {
	payload, pointer := `{"a":1}`, "/a"
	for unwraps := range maxUnwrap + 1 {
		if _, found := Number([]byte(payload), pointer); !found {
			t.Errorf("not found in %d strings", unwraps)
		}
		payload, pointer = fmt.Sprintf(`{"in":%q}`, payload), "/in"+pointer
	}
	if _, found := Number([]byte(payload), pointer); found {
		t.Errorf("found in %d strings, want at most %d", maxUnwrap+1, maxUnwrap)
	}
}

func TestNumberAllocatesNothing(t *testing.T) {
	payload := []byte(`{"symbol":"AAPL","price":231.42,"bid":"231.41"}`)
	if got := testing.AllocsPerRun(100, func() { Number(payload, "/price"); Number(payload, "/bid") }); got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

// FuzzNumber compares Number with what encoding/json decodes.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"a":"1.5"}`, `"{\"a\":1}"`, `{"a":"-0"}`, `{"a":1e400}`, `[1]`, `{"a":"\u0031"}`, `{"a":"1","a":true}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := Compact(text)
		if err != nil {
			return
		}
		got, found := Number(doc, "/a")
		var object map[string]json.RawMessage
		if json.Unmarshal(doc, &object) != nil {
			return // it was an array, or a string, in which anything may be
		}
		raw, here := object["a"]
		if !here {
			if found {
				t.Fatalf("%s: found %v where there is no key", doc, got)
			}
			return
		}
		var want float64
		isANumber := json.Unmarshal(raw, &want) == nil && raw[0] != 'n' && len(raw) <= maxNumber
		if raw[0] == '"' {
			inside := raw[1 : len(raw)-1]
			isANumber = len(inside) <= maxNumber && json.Valid(inside) && len(inside) > 0 && (inside[0] == '-' || '0' <= inside[0] && inside[0] <= '9') &&
				strings.TrimSpace(string(inside)) == string(inside) && json.Unmarshal(inside, &want) == nil
		}
		if found != isANumber || found && got != want {
			t.Fatalf("%s: got %v, %v; want %v, %v", doc, got, found, want, isANumber)
		}
	})
}

func BenchmarkNumber(b *testing.B) {
	payload := []byte(`{"symbol":"AAPL","price":231.42,"bid":231.41,"ask":231.43,"size":300,"volume":48217940,"venue":"XNAS","ts":1763814734406}`)
	b.ReportAllocs()
	for b.Loop() {
		Number(payload, "/volume")
	}
}
