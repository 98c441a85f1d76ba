package feed

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// ask names the series of the number "n" of a stream.
func ask(t testing.TB, id int64, text string) query.Series {
	t.Helper()
	filter, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return query.Series{ID: id, Query: text, Filter: filter, Pointer: "/n"}
}

func plot(t *testing.T, v *Viewer, asks ...query.Series) {
	t.Helper()
	if err := v.Series(asks); err != nil {
		t.Fatal(err)
	}
}

func values(series []msg.FrameSeries) map[int64][]float64 {
	out := map[int64][]float64{}
	for _, s := range series {
		out[s.ID] = []float64{}
		for _, r := range s.Readings {
			out[s.ID] = append(out[s.ID], r.Value)
		}
	}
	return out
}

func TestASeriesHasTheNumberOfEachMessageItSelects(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	f.Observe(emitted(1, "tick"))
	plot(t, v, ask(t, 1, "event:tick"), ask(t, 2, "event:tock"), ask(t, 3, "event:none"))
	for seq, event := range []string{"tick", "tock", "tick"} {
		f.Observe(emitted(uint64(seq+2), event))
	}
	dropped, wordy := emitted(5, "tick"), emitted(6, "tick")
	dropped.Outcome, wordy.Payload = msg.Dropped, []byte(`{"n":"high"}`)
	f.Observe(dropped)
	f.Observe(wordy)
	frame := next(t, v)
	if diff := cmp.Diff(map[int64][]float64{1: {2, 4}, 2: {3}, 3: {}}, values(frame.Series)); diff != "" {
		t.Errorf("first frame (-want +got):\n%s", diff)
	}
	for _, s := range frame.Series {
		if s.From == 0 || s.Binned {
			t.Errorf("series %d: got from %d, binned %v; want to be told from when on, not binned", s.ID, s.From, s.Binned)
		}
	}
	f.Observe(emitted(7, "tock"))
	frame = next(t, v)
	if diff := cmp.Diff(map[int64][]float64{2: {7}}, values(frame.Series)); diff != "" {
		t.Errorf("second frame (-want +got):\n%s", diff)
	}
	if got := frame.Series[0].From; got != 0 {
		t.Errorf("got from %d again, want it told once", got)
	}
}

func TestAReadingHasTheTimeOfItsMessageAndOfItsProducer(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	plot(t, v, ask(t, 1, ""))
	r := emitted(5, "tick")
	r.Source = r.At.Add(-time.Hour)
	f.Observe(r)
	want := []msg.Reading{{At: r.At.UnixMicro(), Source: r.Source.UnixMicro(), Value: 5}}
	if diff := cmp.Diff(want, next(t, v).Series[0].Readings); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
}

func TestASeriesThatIsAskedForAgainGoesOn(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	plot(t, v, ask(t, 1, ""))
	next(t, v)
	f.Observe(emitted(1, "tick"))
	changed := ask(t, 3, "")
	plot(t, v, ask(t, 2, ""), ask(t, 1, ""), changed)
	f.Observe(emitted(2, "tick"))
	changed.Pointer = "/m"
	plot(t, v, ask(t, 1, ""), changed)
	f.Observe(emitted(3, "tick"))
	series := next(t, v).Series
	if diff := cmp.Diff(map[int64][]float64{1: {1, 2, 3}, 3: {}}, values(series)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if series[0].From != 0 || series[1].From == 0 {
		t.Errorf("got from %d and %d, want only that of the new one told", series[0].From, series[1].From)
	}
}

// What is told in frames and what was kept before must meet at one moment.
func TestWhatComesAfterTheMomentItBeginsIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(&gauge{})
		v := open(t, f, query.Filter{})
		f.Observe(emitted(1, "tick"))
		time.Sleep(time.Microsecond)
		plot(t, v, ask(t, 1, ""))
		time.Sleep(time.Microsecond)
		f.Observe(emitted(2, "tick"))
		s := next(t, v).Series[0]
		if got := time.Now().UnixMicro() - s.From; len(s.Readings) != 1 || s.Readings[0].At <= s.From {
			t.Errorf("got %+v, asked for %d µs ago; want the second message alone, after it", s, got)
		}
	})
}

func TestMoreReadingsThanAScreenShowsBecomeExtremes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed(&gauge{})
		v := open(t, f, query.Filter{})
		plot(t, v, ask(t, 1, ""))
		next(t, v)
		for seq := range uint64(20_000) {
			switch seq {
			case 4000:
				f.Observe(emitted(99_999_999, "tick"))
			default:
				f.Observe(emitted(1000+seq, "tick"))
			}
		}
		s := next(t, v).Series[0]
		most := 0.0
		for _, r := range s.Readings {
			most = max(most, r.Value)
		}
		if n := len(s.Readings); !s.Binned || n > mostReadings || s.Readings[0].Value != 1000 || s.Readings[n-1].Value != 20_999 || most != 99_999_999 {
			t.Errorf("got %d readings, %v to %v, at most %v, binned %v; want at most %d with the ends and the peak",
				n, s.Readings[0].Value, s.Readings[n-1].Value, most, s.Binned, mostReadings)
		}
		f.Observe(emitted(1, "tick"))
		if s := next(t, v).Series[0]; s.Binned || len(s.Readings) != 1 {
			t.Errorf("then got %d readings, binned %v; want 1, whole", len(s.Readings), s.Binned)
		}
	})
}

func TestThereIsALimitToSeries(t *testing.T) {
	f := newFeed(&gauge{})
	full := make([]query.Series, msg.MaxSeries)
	for i := range full {
		full[i] = ask(t, int64(i), "")
	}
	if err := open(t, f, query.Filter{}).Series(append(full, ask(t, 99, ""))); !errors.Is(err, fault.TooMany) {
		t.Errorf("%d series: got %v, want too many", msg.MaxSeries+1, err)
	}
	var last *Viewer
	for range mostSeries / msg.MaxSeries {
		last = open(t, f, query.Filter{})
		plot(t, last, full...)
	}
	another := open(t, f, query.Filter{})
	if err := another.Series(full[:1]); !errors.Is(err, fault.TooMany) {
		t.Errorf("one more than %d: got %v, want too many", mostSeries, err)
	}
	plot(t, last, full[1:]...)
	plot(t, another, full[:1]...)
	last.Close()
	plot(t, another, full...)
}

func TestNobodyLooksForNumbersThatNobodyPlots(t *testing.T) {
	f := newFeed(&gauge{})
	v := open(t, f, query.Filter{})
	plot(t, v, ask(t, 1, ""))
	plot(t, v)
	if got := f.watch.Load().probes; len(got) != 0 {
		t.Errorf("%d numbers are looked for, want none", len(got))
	}
}

func BenchmarkObserveForSeries(b *testing.B) {
	for _, series := range []int{0, 1, 6, 32} {
		b.Run(fmt.Sprint("series=", series), func(b *testing.B) {
			f := newFeed(&gauge{})
			v, err := f.Open(query.View{})
			if err != nil {
				b.Fatal(err)
			}
			defer v.Close()
			asks := make([]query.Series, series)
			for i := range asks {
				asks[i] = ask(b, int64(i), "event:tick")
				asks[i].Pointer = "/volume"
			}
			if err := v.Series(asks); err != nil {
				b.Fatal(err)
			}
			r := emitted(1, "tick")
			r.Payload = []byte(`{"symbol":"AAPL","price":231.42,"bid":231.41,"ask":231.43,"size":300,"volume":48217940,"venue":"XNAS","ts":1763814734406}`)
			b.ReportAllocs()
			for b.Loop() {
				r.At = r.At.Add(time.Millisecond) // or nobody could pay for the series
				f.Observe(r)
			}
		})
	}
}
