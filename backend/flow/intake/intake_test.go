package intake_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/fault"
	"emitscope/backend/flow/intake"
	"emitscope/backend/msg"
)

// hub is everything intake talks to: it keeps what it is given.
type hub struct {
	mu       sync.Mutex
	pushed   []*msg.Message
	records  []*msg.Record
	accepted int
	rejected int
	relays   bool
	room     int // messages it still takes; negative: any number
	drops    []msg.Drop
	heard    []*msg.Message // by the rules
	quota    int            // messages it lets somebody hand in; 0: any number
	charged  []int
	counted  map[string]int // messages by the key they came with
}

func (h *hub) Push(m *msg.Message) ([]msg.Drop, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.room == 0 {
		return nil, fault.Newf(fault.Full, "full")
	}
	h.room--
	h.pushed = append(h.pushed, m)
	return h.drops, nil
}
func (h *hub) Relays(string) bool       { return h.relays }
func (h *hub) Accepted(_ string, n int) { h.mu.Lock(); h.accepted += n; h.mu.Unlock() }
func (h *hub) Rejected(string)          { h.mu.Lock(); h.rejected++; h.mu.Unlock() }
func (h *hub) Observe(r *msg.Record)    { h.mu.Lock(); h.records = append(h.records, r); h.mu.Unlock() }
func (h *hub) Heard(m *msg.Message) (answered bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, m)
	return m.Event == "ask"
}

// quotas is the hub as what bounds each client. It keeps what it was asked for.
type quotas struct{ *hub }

func (q quotas) Charge(_ msg.Origin, bytes int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.quota > 0 && len(q.charged) == q.quota {
		return fault.Newf(fault.TooMany, "too fast").WithCode("rate_limited")
	}
	q.charged = append(q.charged, bytes)
	return nil
}

func (q quotas) Accepted(from msg.Origin, messages int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.counted == nil {
		q.counted = make(map[string]int)
	}
	q.counted[from.Key] += messages
}

func newIntake(h *hub) *intake.Intake { return newIntakeWith(h, intake.Options{}) }

// newIntakeWith returns an Intake with these limits.
func newIntakeWith(h *hub, o intake.Options) *intake.Intake {
	o.Lanes, o.Watch, o.Rules, o.Quotas = h, h, h, quotas{h}
	o.Sequence = intake.NewSequence(0, func(uint64) error { return nil })
	return intake.New(o)
}

func draft(event, payload string) msg.Draft {
	return msg.Draft{Namespace: "/n", Event: event, Payload: []byte(payload)}
}

func TestABatchIsTakenFromItsStartUntilTheFirstBadDraft(t *testing.T) {
	h := &hub{room: -1}
	got, err := newIntake(h).Accept(draft("a", "1"), draft("b", " 2"), draft("", "3"), draft("d", "4"))
	if !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v, want an error of kind Invalid", err)
	}
	if want := (msg.Receipt{Accepted: 2, FirstSeq: 1, LastSeq: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(h.pushed) != 2 || h.accepted != 2 {
		t.Errorf("got %d pushed, %d counted, want 2, 2", len(h.pushed), h.accepted)
	}
}

func TestABatchIsTakenFromItsStartUntilTheLaneIsFull(t *testing.T) {
	h := &hub{room: 3}
	drafts := make([]msg.Draft, 10)
	for i := range drafts {
		drafts[i] = draft("e", "1")
	}
	got, err := newIntake(h).Accept(drafts...)
	if !errors.Is(err, fault.Full) || got.Accepted != 3 || got.LastSeq != 3 {
		t.Errorf("got %+v, %v, want 3 accepted and an error of kind Full", got, err)
	}
	if h.rejected != 1 {
		t.Errorf("got %d rejected, want 1", h.rejected)
	}
}

func TestEachDraftIsTakenWhateverBecameOfThoseBefore(t *testing.T) {
	h := &hub{room: 3}
	var refused []string
	got := newIntake(h).AcceptEach([]msg.Draft{
		draft("a", "1"), draft("", "2"), draft("c", "3"), draft("d", "{"), draft("e", "5"), draft("f", "6"), draft("g", "7"),
	}, func(i int, why error) { refused = append(refused, fmt.Sprint(i, " ", fault.From(why).Kind)) })
	if got.Accepted != 3 || got.FirstSeq != 1 || got.LastSeq != h.pushed[2].Seq || h.pushed[2].Event != "e" {
		t.Errorf("got %+v, want the three that are good and find room", got)
	}
	if want := fmt.Sprint([]string{fmt.Sprint(1, " ", fault.Invalid), fmt.Sprint(3, " ", fault.Invalid), fmt.Sprint(5, " ", fault.Full), fmt.Sprint(6, " ", fault.Full)}); fmt.Sprint(refused) != want {
		t.Errorf("refused %v, want %v", refused, want)
	}
}

// Many messages for a full lane must not cost the square of them.
func TestWhatIsBehindARefusalIsCheckedOnceMoreAtMost(t *testing.T) {
	h := &hub{room: 10}
	drafts := make([]msg.Draft, 200)
	for i := range drafts {
		drafts[i] = draft("e", "1")
	}
	refused := 0
	if got := newIntake(h).AcceptEach(drafts, func(int, error) { refused++ }); got.Accepted != 10 || refused != 190 {
		t.Errorf("got %d accepted, %d refused, want 10, 190", got.Accepted, refused)
	}
	if got, most := len(h.charged), 200+189; got != most {
		t.Errorf("drafts were checked %d times, want %d", got, most)
	}
}

func TestAHubThatTakesNothingRefusesAllThatIsLeftAtOnce(t *testing.T) {
	h := &hub{room: -1}
	in := newIntake(h)
	in.Stop()
	var refused []int
	in.AcceptEach([]msg.Draft{draft("a", "1"), draft("b", "2"), draft("c", "3")}, func(i int, why error) {
		if errors.Is(why, fault.Stopping) {
			refused = append(refused, i)
		}
	})
	if want := []int{0, 1, 2}; !slices.Equal(refused, want) {
		t.Errorf("got %v refused because it stops, want %v", refused, want)
	}
}

func TestBadDraftsAreRefusedWithAClearWord(t *testing.T) {
	long := strings.Repeat("x", 129)
	for name, c := range map[string]struct {
		draft msg.Draft
		kind  fault.Kind
		word  string
	}{
		"namespace without slash":   {msg.Draft{Namespace: "ws", Event: "e", Payload: []byte("1")}, fault.Invalid, "does not begin with /"},
		"namespace too long":        {msg.Draft{Namespace: "/" + long, Event: "e", Payload: []byte("1")}, fault.Invalid, "130 bytes"},
		"namespace with a comma":    {msg.Draft{Namespace: "/a,b", Event: "e", Payload: []byte("1")}, fault.Invalid, "not allowed"},
		"no event":                  {draft("", "1"), fault.Invalid, "no event"},
		"event too long":            {draft(long, "1"), fault.Invalid, "129 bytes"},
		"reserved event":            {draft("disconnect", "1"), fault.Invalid, "reserved"},
		"event with a control char": {draft("a\x00", "1"), fault.Invalid, "control character"},
		"event that is not UTF-8":   {draft("\xff", "1"), fault.Invalid, "UTF-8"},
		"no data":                   {draft("e", ""), fault.Invalid, "no data"},
		"broken JSON":               {draft("e", `{"a":`), fault.Invalid, "at byte 5"},
		"garbage after JSON":        {draft("e", `{} x`), fault.Invalid, "at byte 3"},
		"data that is not UTF-8":    {draft("e", "\"\xff\""), fault.Invalid, "UTF-8"},
		"too deep":                  {draft("e", strings.Repeat("[", 65)+strings.Repeat("]", 65)), fault.Invalid, "64 levels"},
		"too large":                 {draft("e", `"`+strings.Repeat("x", 1<<20)+`"`), fault.TooLarge, "at most 1048576"},
		"arguments but no array":    {msg.Draft{Event: "e", Payload: []byte("1"), Spread: true}, fault.Invalid, "array"},
		"empty room":                {msg.Draft{Event: "e", Payload: []byte("1"), Rooms: []string{""}}, fault.Invalid, "room"},
		"too many rooms":            {msg.Draft{Event: "e", Payload: []byte("1"), Rooms: make([]string, 65)}, fault.Invalid, "65 rooms"},
		"too many attachments":      {msg.Draft{Event: "e", Payload: []byte("1"), Attachments: make([][]byte, 65)}, fault.Invalid, "65 attachments"},
		"attachments count as size": {msg.Draft{Event: "e", Payload: []byte("1"), Attachments: [][]byte{make([]byte, 1<<20)}}, fault.TooLarge, "1048577"},
	} {
		t.Run(name, func(t *testing.T) {
			h := &hub{room: -1}
			_, err := newIntake(h).Accept(c.draft)
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.word) {
				t.Errorf("got %v, want an error of kind %s with %q", err, c.kind, c.word)
			}
			if len(h.pushed) != 0 {
				t.Errorf("got %d messages pushed, want none", len(h.pushed))
			}
		})
	}
}

func TestTheNamespaceDefaultsToWS(t *testing.T) {
	h := &hub{room: -1}
	if _, err := newIntake(h).Accept(msg.Draft{Event: "e", Payload: []byte("1")}); err != nil {
		t.Fatal(err)
	}
	if got := h.pushed[0].Namespace; got != "/ws" {
		t.Errorf("got %q, want /ws", got)
	}
}

func TestWhatAClientSaysIsRecordedAndGoesNoFurther(t *testing.T) {
	h := &hub{room: -1}
	d := draft("hello", `{ "a": 1 }`)
	d.Said, d.Origin = true, msg.Origin{Door: msg.DoorSocketIO, Client: "s1"}
	got, err := newIntake(h).Accept(d)
	if err != nil || got.FirstSeq != 1 {
		t.Fatalf("got %+v, %v, want number 1", got, err)
	}
	if len(h.pushed) != 0 || len(h.records) != 1 || h.records[0].Outcome != msg.Received || string(h.records[0].Payload) != `{"a":1}` {
		t.Errorf("got %d pushed, records %v, want only a record of what was received", len(h.pushed), h.records)
	}
}

func TestWhatAClientSaysIsRelayedToTheOthersWhereTheNamespaceRelays(t *testing.T) {
	h := &hub{room: -1, relays: true}
	d := draft("hello", "1")
	d.Said, d.Origin.Client = true, "s1"
	if _, err := newIntake(h).Accept(d); err != nil {
		t.Fatal(err)
	}
	if len(h.pushed) != 1 || h.pushed[0].Except != "s1" || len(h.records) != 0 {
		t.Errorf("got pushed %v, records %v, want one message for all but s1", h.pushed, h.records)
	}
}

func TestRulesHearWhatClientsSayAndNothingElse(t *testing.T) {
	for _, relays := range []bool{false, true} {
		h := &hub{room: 1, relays: relays}
		in := newIntake(h)
		callback := uint64(7)
		said := draft("ask", "1")
		said.Said, said.Callback = true, &callback
		got, err := in.Accept(said)
		if err != nil || !got.Answered {
			t.Errorf("relays %v: got %+v, %v, want the callback to be answered", relays, got, err)
		}
		answer := draft("ask", "1")
		answer.Origin.Door, answer.To, answer.Callback = msg.DoorReply, "s1", &callback
		if got, err := in.Accept(answer); got.Answered || relays != errors.Is(err, fault.Full) {
			t.Errorf("relays %v: a reply: got %+v, %v, want no answer to it", relays, got, err)
		}
		if relays {
			_, _ = in.Accept(said) // the lane is full
		}
		if len(h.heard) != 1 || h.heard[0].Callback != &callback || h.heard[0].Seq != 1 {
			t.Errorf("relays %v: rules heard %v, want the one that was said and taken", relays, h.heard)
		}
	}
}

func TestDropsAreRecordedAndCounted(t *testing.T) {
	h := &hub{room: -1, drops: []msg.Drop{{Message: &msg.Message{Seq: 99}, Reason: msg.Oldest}}}
	got, err := newIntake(h).Accept(draft("e", "1"))
	if err != nil || got.Dropped != 1 {
		t.Fatalf("got %+v, %v, want one dropped", got, err)
	}
	if len(h.records) != 1 || h.records[0].Seq != 99 || h.records[0].Outcome != msg.Dropped || h.records[0].Reason != msg.Oldest {
		t.Errorf("got %v, want a record of the drop", h.records)
	}
}

func TestABatchIsTakenFromItsStartUntilTheQuotaIsUsedUp(t *testing.T) {
	h := &hub{room: -1, quota: 2}
	from := msg.Origin{Door: msg.DoorREST, Key: "sensor"}
	drafts := []msg.Draft{draft("a", " 1"), draft("b", `"22"`), draft("c", "3"), draft("d", "4")}
	for i := range drafts {
		drafts[i].Origin = from
	}
	got, err := newIntake(h).Accept(drafts...)
	if !errors.Is(err, fault.TooMany) || fault.From(err).Code != "rate_limited" {
		t.Errorf("got %v, want what the quota says", err)
	}
	if want := (msg.Receipt{Accepted: 2, FirstSeq: 1, LastSeq: 2}); got != want || len(h.pushed) != 2 {
		t.Errorf("got %+v and %d pushed, want %+v and 2", got, len(h.pushed), want)
	}
	if diff := cmp.Diff([]int{2, 4}, h.charged); diff != "" {
		t.Errorf("bytes charged (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"sensor": 2}, h.counted); diff != "" {
		t.Errorf("messages counted by key (-want +got):\n%s", diff)
	}
}

func TestWhatTheLaneRefusesIsNotCountedForTheKey(t *testing.T) {
	h := &hub{room: 1}
	d := draft("a", "1")
	d.Origin.Key = "sensor"
	if _, err := newIntake(h).Accept(d, d, d); !errors.Is(err, fault.Full) || h.counted["sensor"] != 1 {
		t.Errorf("got %v and %d counted, want an error of kind Full and 1", err, h.counted["sensor"])
	}
}

func TestWhatBreaksTheRulesIsChargedToo(t *testing.T) {
	h := &hub{room: -1, quota: 1}
	in := newIntake(h)
	if _, err := in.Accept(draft("e", "[[")); !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v, want an error of kind Invalid", err)
	}
	if _, err := in.Accept(draft("e", "[[")); !errors.Is(err, fault.TooMany) {
		t.Errorf("the next one: got %v, want what the quota says", err)
	}
}

func TestAReplyIsChargedToNobody(t *testing.T) {
	h := &hub{room: -1}
	d := draft("back", "1")
	d.Origin.Door = msg.DoorReply
	if _, err := newIntake(h).Accept(d); err != nil {
		t.Fatal(err)
	}
	if len(h.pushed) != 1 || len(h.charged) != 0 {
		t.Errorf("got %d replies and %d charges, want 1 and none", len(h.pushed), len(h.charged))
	}
}

func TestARefusalNamesTheLimitAndItsSettingAndIsReported(t *testing.T) {
	o := intake.Options{MaxSize: 100, MaxDepth: 2, MaxKeys: 3, MaxAttachments: 1}
	for limit, c := range map[string]struct {
		fits, over  msg.Draft
		kind        fault.Kind
		code, value string // in the sentence: what was seen where it is known, and the limit
	}{
		"max_body": {
			draft("e", `"`+strings.Repeat("x", 98)+`"`), draft("e", `"`+strings.Repeat("x", 99)+`"`),
			fault.TooLarge, "too_large", "101 bytes; at most 100",
		},
		"max_json_depth":  {draft("e", "[[]]"), draft("e", "[[[]]]"), fault.Invalid, "too_deep", "2 levels at byte 2"},
		"max_json_keys":   {draft("e", `{"a":1,"b":1,"c":1}`), draft("e", `{"a":1,"b":1,"c":1,"d":1}`), fault.Invalid, "too_many_keys", "more than 3 keys"},
		"max_attachments": {withAttachments(1), withAttachments(2), fault.Invalid, "too_many_attachments", "2 attachments; at most 1"},
	} {
		var reached []string
		o.Reached = func(limit string) { reached = append(reached, limit) }
		in := newIntakeWith(&hub{room: -1}, o)
		if _, err := in.Accept(c.fits); err != nil || reached != nil {
			t.Errorf("%s: got %v and reached %v at the limit, want neither", limit, err, reached)
		}
		_, err := in.Accept(c.over)
		if e := fault.From(err); !errors.Is(err, c.kind) || e.Code != c.code || !strings.Contains(e.Message, c.value) || !strings.HasSuffix(e.Hint, "raise limits."+limit) {
			t.Errorf("%s: got %#v, want %s with %q and the setting", limit, err, c.code, c.value)
		}
		if diff := cmp.Diff([]string{limit}, reached); diff != "" {
			t.Errorf("limits reached (-want +got):\n%s", diff)
		}
	}
}

func TestANegativeMaxAttachmentsAllowsNone(t *testing.T) {
	in := newIntakeWith(&hub{room: -1}, intake.Options{MaxAttachments: -1})
	if _, err := in.Accept(withAttachments(1)); err == nil || !strings.Contains(err.Error(), "at most 0") {
		t.Errorf("got %v, want that at most 0 are allowed", err)
	}
	if _, err := in.Accept(withAttachments(0)); err != nil {
		t.Errorf("without any: got %v, want no error", err)
	}
}

func withAttachments(n int) msg.Draft {
	d := draft("e", "1")
	d.Attachments = make([][]byte, n)
	return d
}

func TestWhileItIsHeldEveryDraftIsRefused(t *testing.T) {
	var reached []string
	h := &hub{room: -1}
	in := newIntakeWith(h, intake.Options{Reached: func(limit string) { reached = append(reached, limit) }})
	reply := draft("back", "1")
	reply.Origin.Door = msg.DoorReply
	in.Hold(true)
	for _, d := range []msg.Draft{draft("e", "1"), reply} {
		got, err := in.Accept(d)
		if e := fault.From(err); !errors.Is(err, fault.TooMany) || e.Code != "out_of_memory" || !strings.Contains(e.Hint, "limits.memory") || got != (msg.Receipt{}) {
			t.Errorf("%s: got %+v and %v, want out_of_memory with the setting", d.Event, got, err)
		}
	}
	in.Hold(false)
	if _, err := in.Accept(draft("e", "1")); err != nil || len(h.pushed) != 1 {
		t.Errorf("afterwards: got %v and %d messages, want the one", err, len(h.pushed))
	}
	if diff := cmp.Diff([]string{"memory", "memory"}, reached); diff != "" {
		t.Errorf("limits reached (-want +got):\n%s", diff)
	}
}

func TestAfterStopEveryDraftIsRefused(t *testing.T) {
	in := newIntake(&hub{room: -1})
	in.Stop()
	if _, err := in.Accept(draft("e", "1")); !errors.Is(err, fault.Stopping) {
		t.Errorf("got %v, want an error of kind Stopping", err)
	}
}

func TestIDsSortAsTheNumbersDo(t *testing.T) {
	h := &hub{room: -1}
	in := newIntake(h)
	for range 300 {
		if _, err := in.Accept(draft("e", "1")); err != nil {
			t.Fatal(err)
		}
	}
	for i := 1; i < len(h.pushed); i++ {
		if a, b := h.pushed[i-1].ID, h.pushed[i].ID; a.Compare(b) >= 0 {
			t.Fatalf("id %v of message %d is not before id %v", a, i, b)
		}
	}
}

func TestNumbersGoOnWhereTheLastStartEnded(t *testing.T) {
	var disk uint64
	save := func(upTo uint64) error { disk = upTo; return nil }
	s := intake.NewSequence(disk, save)
	take(t, s, 10)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := take(t, intake.NewSequence(disk, save), 1); got != 11 {
		t.Errorf("got %d, want 11", got)
	}
}

func TestNoNumberIsUsedTwiceAfterACrash(t *testing.T) {
	var disk uint64
	save := func(upTo uint64) error { disk = upTo; return nil }
	last := uint64(0)
	for range 5 { // each start ends without Close
		s := intake.NewSequence(disk, save)
		if first := take(t, s, 3); first <= last {
			t.Fatalf("got number %d again, want more than %d", first, last)
		}
		last = take(t, s, 1)
	}
}

func TestNumbersThatCannotBeMadeSafeAreNotGivenOut(t *testing.T) {
	broken := errors.New("disk full")
	s := intake.NewSequence(0, func(uint64) error { return broken })
	if _, err := s.Take(1); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestManyProducersNeverGetTheSameNumber(t *testing.T) {
	s := intake.NewSequence(0, func(uint64) error { return nil })
	var mu sync.Mutex
	seen := map[uint64]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				first, err := s.Take(3)
				mu.Lock()
				for i := range uint64(3) {
					if err != nil || seen[first+i] {
						t.Errorf("number %d, %v: given out twice", first+i, err)
					}
					seen[first+i] = true
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func take(t *testing.T, s *intake.Sequence, n int) uint64 {
	t.Helper()
	first, err := s.Take(n)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func TestEverythingADraftSaysIsInTheMessage(t *testing.T) {
	h := &hub{room: -1}
	d := msg.Draft{
		Namespace: "/n", Event: "e", Payload: []byte(`[1, {"_placeholder":true,"num":0}]`), Spread: true,
		Attachments: [][]byte{{1}}, Rooms: []string{"r"}, To: "x", Origin: msg.Origin{Door: msg.DoorREST, Address: "127.0.0.1"},
	}
	if _, err := newIntake(h).Accept(d); err != nil {
		t.Fatal(err)
	}
	got := h.pushed[0]
	want := &msg.Message{
		ID: got.ID, Seq: 1, Namespace: "/n", Event: "e", Payload: []byte(`[1,{"_placeholder":true,"num":0}]`), Spread: true,
		Attachments: [][]byte{{1}}, Rooms: []string{"r"}, To: "x", Origin: msg.Origin{Door: msg.DoorREST, Address: "127.0.0.1"},
		Accepted: got.Accepted,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzAccept(f *testing.F) {
	f.Add("/n", "e", []byte(`{"a":[1]}`), "room")
	f.Add("", "\xff", []byte("[["), "")
	f.Fuzz(func(t *testing.T, namespace, event string, payload []byte, room string) {
		h := &hub{room: -1}
		got, err := newIntake(h).Accept(msg.Draft{Namespace: namespace, Event: event, Payload: payload, Rooms: []string{room}})
		if (err == nil) != (got.Accepted == 1 && len(h.pushed) == 1) {
			t.Fatalf("got %+v, %v, %d pushed: an error and a message exclude each other", got, err, len(h.pushed))
		}
		if err != nil && fault.From(err).Kind == fault.Internal {
			t.Fatalf("bad input became our mistake: %v", err)
		}
	})
}

// nowhere takes every message and keeps none.
type nowhere struct{ *hub }

func (nowhere) Push(*msg.Message) ([]msg.Drop, error) { return nil, nil }

// endless is a quota that nobody uses up.
type endless struct{}

func (endless) Charge(msg.Origin, int) error { return nil }
func (endless) Accepted(msg.Origin, int)     {}

func draft200Bytes() msg.Draft {
	return draft("tick", fmt.Sprintf(`{"symbol":"AAPL","price":231.42,"note":%q}`, strings.Repeat("x", 150)))
}

func TestAcceptAllocatesTheMessageAndItsPayloadAndNothingElse(t *testing.T) {
	h := &hub{}
	in := intake.New(intake.Options{Lanes: nowhere{h}, Sequence: intake.NewSequence(0, func(uint64) error { return nil }), Watch: h, Rules: h, Quotas: endless{}})
	d := draft200Bytes()
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := in.Accept(d); err != nil {
			t.Fatal(err)
		}
	}); n > 2 {
		t.Errorf("got %v allocations, want at most 2", n)
	}
}

func BenchmarkAccept200Bytes(b *testing.B) {
	in := newIntake(&hub{room: 1 << 62, pushed: nil})
	d := draft200Bytes()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Accept(d); err != nil {
			b.Fatal(err)
		}
	}
}
