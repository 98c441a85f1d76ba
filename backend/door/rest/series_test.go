package rest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// noon is when the first of the messages below was emitted; the others came a
// second apart.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// keep remembers messages with these payloads. Producers say of the second and
// the third when they were made, the third first.
func (h *hub) keep(payloads ...string) {
	for i, payload := range payloads {
		m := &msg.Message{Seq: uint64(i + 1), Namespace: "/ws", Event: "tick", Payload: []byte(payload)}
		switch i {
		case 1:
			m.Source = noon.Add(-time.Minute)
		case 2:
			m.Source = noon.Add(-time.Hour)
		}
		h.record(&msg.Record{Message: m, Outcome: msg.Emitted, At: noon.Add(time.Duration(i) * time.Second)})
	}
}

func (h *hub) series(ask string) wire.Series {
	h.t.Helper()
	return decode[wire.Series](h.t, h.get("/api/v1/series?"+ask), http.StatusOK)
}

func TestASeriesIsTheNumberOfEachMessage(t *testing.T) {
	h := startHub(t)
	h.keep(`{"p":1.5}`, `{"p":"2.25"}`, `"{\"p\":3}"`, `{"p":true}`, `{"q":4}`, `{"p":5}`)
	h.recorded()[5].Outcome = msg.Dropped
	us := func(d time.Duration) int64 { return noon.Add(d).UnixMicro() }
	want := wire.Series{
		Query: "event:tick", Pointer: "/p", Found: 3,
		TimeUS: []int64{us(0), us(time.Second), us(2 * time.Second)}, Values: []float64{1.5, 2.25, 3},
		SourceUS: []int64{0, us(-time.Minute), us(-time.Hour)},
	}
	if diff := cmp.Diff(want, h.series("query=event:tick&pointer=/p")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want.TimeUS, want.Values, want.SourceUS = want.TimeUS[1:], want.Values[1:], want.SourceUS[1:]
	want.Found = 2
	if diff := cmp.Diff(want, h.series("query=event:tick&pointer=/p&last=2")); diff != "" {
		t.Errorf("last (-want +got):\n%s", diff)
	}
	if got := h.series("query=event:tock&pointer=/p"); got.Found != 0 || got.Values == nil {
		t.Errorf("of another stream: got %+v, want an empty list", got)
	}
}

func TestASeriesByTheProducersTimeIsSortedByIt(t *testing.T) {
	h := startHub(t)
	h.keep(`1`, `2`, `3`)
	got := h.series("x=source")
	if diff := cmp.Diff([]float64{3, 2}, got.Values); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALongSeriesKeepsItsExtremes(t *testing.T) {
	h := startHub(t)
	payloads := make([]string, 1000)
	for i := range payloads {
		payloads[i] = fmt.Sprint(i)
	}
	payloads[500] = "-7"
	h.keep(payloads...)
	got := h.series("limit=10")
	if !got.Binned || got.Found != 1000 || len(got.Values) > 10 || got.Values[0] != 0 || got.Values[len(got.Values)-1] != 999 {
		t.Errorf("got %+v, want 10 of 1000 with the ends, binned", got)
	}
	least := 0.0
	for _, v := range got.Values {
		least = min(least, v)
	}
	if least != -7 {
		t.Errorf("got %v as the least, want -7", least)
	}
}

func TestASeriesAsAFileHasTheNumbersAsTheyWereWritten(t *testing.T) {
	h := startHub(t)
	h.keep(`{"p":12345678901234567890}`, `{"p":"1.50"}`)
	a := h.get("/api/v1/series?pointer=/p&format=csv")
	want := "seq,time,source_time,value\n" +
		"1,2026-01-02T12:00:00.000000000Z,,12345678901234567890\n" +
		"2,2026-01-02T12:00:01.000000000Z,2026-01-02T11:59:00.000000000Z,1.50\n"
	if a.body != want || a.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("got %s\n%s\nwant\n%s", a.header.Get("Content-Type"), a.body, want)
	}
}

func TestWhatCannotBePlottedIsSaid(t *testing.T) {
	h := startHub(t)
	for ask, code := range map[string]string{
		"query=x:y":          "invalid_query",
		"pointer=p":          "invalid_pointer",
		"pointer=/~2":        "invalid_pointer",
		"x=time":             "invalid_parameter",
		"format=xml":         "invalid_parameter",
		"last=10001":         "invalid_parameter",
		"limit=3":            "invalid_parameter",
		"limit=10001":        "invalid_parameter",
		"format=csv&limit=5": "invalid_parameter",
		"q=event:tick":       "unknown_parameter",
	} {
		if e := wantError(t, h.get("/api/v1/series?"+ask), http.StatusBadRequest, code); e.Hint == "" {
			t.Errorf("%s: no hint", ask)
		}
	}
}
