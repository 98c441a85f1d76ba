package query_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

func parsed(t *testing.T, asked string) query.Filter {
	t.Helper()
	f, err := query.Parse(asked)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWhichStreamsAFilterMaySelect(t *testing.T) {
	for asked, want := range map[string]bool{
		"":                                   true,
		"event:tick":                         true,
		"event:tock":                         false,
		"ns:/ws/* data.price>1":              true,
		"ns:/ws -data.price>1":               false,
		"event:tock OR late>1ms":             true,
		"event:tock OR ns:/other":            false,
		"-event:tick":                        false,
		"-(event:tick data.price>1)":         true,
		"-(event:tick OR data.price>1)":      false,
		"event:tock OR (ns:/other late>1ms)": false,
		"tick":                               true,
		"-tick":                              false,
		"elsewhere":                          true, // it may be in the payload
	} {
		if got := parsed(t, asked).MaySelect("/ws/rt_market", "tick"); got != want {
			t.Errorf("%q may select /ws/rt_market tick: got %v, want %v", asked, got, want)
		}
	}
}

func TestWhetherAFilterMaySelectWhatIsEmitted(t *testing.T) {
	for asked, want := range map[string]bool{
		"":                              true,
		"event:tick late>1ms":           true,
		"outcome:emitted":               true,
		"outcome:dropped":               false,
		"outcome:dropped*":              false,
		"outcome:dropped OR event:tick": true,
		"outcome:dropped event:tick":    false,
		"-outcome:emitted":              false,
		"-outcome:received":             true,
		"reason:oldest":                 false,
		`reason:""`:                     true,
		"to:*":                          false,
		"to:abc OR outcome:received":    false,
		"sockets>0":                     true, // those of the past have them
		"-(outcome:emitted event:tick)": true,
		"event:tick\noutcome:received":  false,
	} {
		if got := parsed(t, asked).MaySelectEmitted(); got != want {
			t.Errorf("%q may select what is emitted: got %v, want %v", asked, got, want)
		}
	}
}

func TestWhatNumbersAFilterCanSelect(t *testing.T) {
	for asked, want := range map[string][2]int64{
		"":                         {math.MinInt64, math.MaxInt64},
		"seq:7":                    {7, 7},
		"seq:7,9,3":                {3, 9},
		"seq>7 seq<=20 event:tick": {8, 20},
		"seq>=7 seq<20":            {7, 19},
		"seq:1 OR seq>100":         {1, math.MaxInt64},
		"seq:1 OR event:tick":      {math.MinInt64, math.MaxInt64},
		"-seq:7":                   {math.MinInt64, math.MaxInt64},
		"seq!=7":                   {math.MinInt64, math.MaxInt64},
		"(seq>5 seq<3) OR seq:9":   {9, 9},
		"seq:*":                    {math.MinInt64, math.MaxInt64},
		"late>1ms\nseq<10":         {math.MinInt64, 9},
		"seq>9223372036854775807":  {math.MaxInt64, math.MinInt64},
	} {
		from, to := parsed(t, asked).Within("seq")
		if got := [2]int64{from, to}; got != want {
			t.Errorf("%q: got %v, want %v", asked, got, want)
		}
	}
	from, to := parsed(t, "time>=2026-01-02T15:04:05Z time<2026-01-02T15:04:06Z").Within("time")
	second := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC).UnixNano()
	if from != second || to != second+int64(time.Second)-1 {
		t.Errorf("got %d to %d, want the second from %d", from, to, second)
	}
}

// Whatever a filter selects, narrowing lets it pass.
func TestNarrowingExcludesNothingThatIsSelected(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	base := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	moment := func() time.Time { return base.Add(time.Duration(random.IntN(40)) * 250 * time.Millisecond) }
	term := func() string {
		op := pick(":", "=", "!=", ">", ">=", "<", "<=")
		switch random.IntN(7) {
		case 0:
			return "seq" + op + fmt.Sprint(random.IntN(30))
		case 1:
			return fmt.Sprintf("seq:%d,%d", random.IntN(30), random.IntN(30))
		case 2:
			return "time" + op + moment().Format("2006-01-02T15:04:05.999Z07:00")
		case 3:
			return pick("event:", "event!=", "ns:", "ns!=") + pick("a", "b", "a*", "*b", `""`, "a,b", "*")
		case 4:
			return pick("data.n", "size") + pick(">", "<", ":") + fmt.Sprint(random.IntN(30))
		case 5:
			return pick("a", "b", "/a", `"n"`)
		}
		return pick("late>1ms", "outcome:emitted", "room:x", `source:rest`)
	}
	var asked func(depth int) string
	asked = func(depth int) string {
		if depth == 0 || random.IntN(3) == 0 {
			return term()
		}
		one, other := asked(depth-1), asked(depth-1)
		return pick("", "-") + "(" + one + pick(" ", " OR ") + other + ")"
	}
	selected := 0
	for range 20_000 {
		q := asked(3)
		f := parsed(t, q)
		r := &msg.Record{
			Message: &msg.Message{
				Seq: random.Uint64N(30), Namespace: pick("/", "/a", "/b", "/ab"), Event: pick("", "a", "b", "ab"),
				Payload: fmt.Appendf(nil, `{"n":%d}`, random.IntN(30)), Origin: msg.Origin{Door: msg.DoorREST},
			},
			Outcome: msg.Emitted, At: moment(),
		}
		if !f.Match(r) {
			continue
		}
		selected++
		if !f.MaySelect(r.Namespace, r.Event) {
			t.Fatalf("%s selects a message of %s %q, and is said to select none", q, r.Namespace, r.Event)
		}
		for field, n := range map[string]int64{"seq": int64(r.Seq), "time": r.At.UnixNano()} {
			if from, to := f.Within(field); n < from || n > to {
				t.Fatalf("%s selects %s %d, and is said to select only %d to %d", q, field, n, from, to)
			}
		}
	}
	if selected < 1000 {
		t.Fatalf("%d messages were selected: the test shows nothing", selected)
	}
}
