// Package intake is the one entrance: every message, whatever its door, is
// checked, limited and numbered here and handed to its lane.
package intake

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// lanes is where accepted messages wait.
type lanes interface {
	Push(m *msg.Message) ([]msg.Drop, error)
	Relays(namespace string) bool
}

// watcher is told what happens here. It must not block.
type watcher interface {
	Accepted(namespace string, messages int)
	Rejected(namespace string)
	Observe(r *msg.Record)
}

// rules are told what a client said once it is accepted, and answer it by handing
// in drafts of their own, now or later. Heard reports whether one of those will
// be for the client's callback.
type rules interface {
	Heard(m *msg.Message) (answered bool)
}

// quotas bound what each client may hand in, and count what was taken. A refusal
// is a TooMany error.
type quotas interface {
	Charge(from msg.Origin, bytes int) error
	Accepted(from msg.Origin, messages int)
}

// Options of an Intake. All but the limits, and Reached, must be set.
type Options struct {
	Lanes    lanes
	Sequence *Sequence
	Watch    watcher
	Rules    rules
	Quotas   quotas

	MaxSize        int // bytes of payload and attachments; 0: DefaultMaxSize
	MaxDepth       int // levels of arrays and objects in a payload; 0: jsontext.MaxDepth
	MaxKeys        int // in all objects of a payload together; 0: jsontext.MaxKeys
	MaxAttachments int // binary arguments of one message; 0: DefaultMaxAttachments, negative: none

	// Reached is told of each draft that is refused because of a limit, by the
	// name of its setting; nil: nobody is. It must not block.
	Reached func(limit string)
}

// The limits of an Intake that nobody has set.
const (
	DefaultMaxSize        = 1 << 20 // bytes: as large as a body may be
	DefaultMaxAttachments = 64
)

// Intake turns Drafts into Messages. All methods may be called from any
// goroutine.
type Intake struct {
	o        Options
	run      [2]byte // random for each start, so that ids of two hubs differ
	stopping atomic.Bool
	held     atomic.Bool
}

// New returns an Intake.
func New(o Options) *Intake {
	in := &Intake{o: o}
	in.o.MaxSize = cmp.Or(o.MaxSize, DefaultMaxSize)
	in.o.MaxAttachments = max(0, cmp.Or(o.MaxAttachments, DefaultMaxAttachments))
	if o.Reached == nil {
		in.o.Reached = func(string) {}
	}
	_, _ = rand.Read(in.run[:]) // never fails: crypto/rand crashes the program instead
	return in
}

// Accept takes the drafts in order until the first that must be refused. The
// Receipt tells what was taken; an error is about draft number Receipt.Accepted
// and of kind Invalid, TooLarge, Full, TooMany, or Stopping.
//
// The drafts of one call get consecutive numbers, in their order. Payloads are
// copied; rooms and attachments are kept, so the caller must not change them.
// Each draft is charged to the quota of who hands it in, also when it is then
// refused; replies, which nobody handed in, are not.
func (in *Intake) Accept(drafts ...msg.Draft) (msg.Receipt, error) {
	if in.stopping.Load() {
		return msg.Receipt{}, fault.Newf(fault.Stopping, "the hub is stopping and takes no more messages").
			WithHint("send it again when the hub is back")
	}
	if in.held.Load() {
		in.o.Reached("memory")
		return msg.Receipt{}, fault.Newf(fault.TooMany, "the hub has no memory left and takes no messages until it has").WithCode("out_of_memory").
			WithHint("send it again in a while, and more slowly, or raise limits.memory")
	}
	messages := make([]*msg.Message, 0, len(drafts)) // each on its own, or the last one alive would keep all
	var bad error
	for i := range drafts {
		m, err := in.admit(&drafts[i])
		if err != nil {
			bad = err
			break
		}
		messages = append(messages, m)
	}
	if len(messages) == 0 {
		return msg.Receipt{}, bad
	}
	first, err := in.o.Sequence.Take(len(messages))
	if err != nil {
		return msg.Receipt{}, err
	}
	var done msg.Receipt
	defer func() { in.o.Quotas.Accepted(drafts[0].Origin, done.Accepted) }()
	now := time.Now()
	for i, m := range messages {
		m.Seq, m.Accepted = first+uint64(i), now
		m.ID = in.id(m.Seq, now)
		dropped, err := in.hand(m, drafts[i].Said)
		if err != nil {
			return done, err
		}
		if done.Accepted++; done.Accepted == 1 {
			done.FirstSeq = m.Seq
		}
		done.LastSeq = m.Seq
		done.Dropped += dropped
		if drafts[i].Said {
			done.Answered = in.o.Rules.Heard(m)
		}
	}
	return done, bad
}

// AcceptEach takes each draft that can be taken, in their order, whatever became of
// those before it. refused is told of every other one, by its index, and why. Where
// the hub takes nothing any more, or is broken, that is so for all that are left.
//
// Between the numbers in the Receipt there may be some of nobody, or of somebody else.
func (in *Intake) AcceptEach(drafts []msg.Draft, refused func(i int, why error)) (done msg.Receipt) {
	most := len(drafts)
	for at := 0; at < len(drafts); {
		got, err := in.Accept(drafts[at:min(at+most, len(drafts))]...)
		done.Accepted += got.Accepted
		done.Dropped += got.Dropped
		done.FirstSeq, done.LastSeq = cmp.Or(done.FirstSeq, got.FirstSeq), cmp.Or(got.LastSeq, done.LastSeq)
		done.Answered = got.Answered || done.Answered
		at += got.Accepted
		if err == nil {
			continue
		}
		refused(at, err)
		at++
		switch {
		case errors.Is(err, fault.Invalid), errors.Is(err, fault.TooLarge):
		case errors.Is(err, fault.Full), errors.Is(err, fault.TooMany):
			// Those behind it were checked, and charged, too. What still fits goes in
			// one by one, or a full lane would cost the square of them.
			most = 1
		default:
			for ; at < len(drafts); at++ {
				refused(at, err)
			}
		}
	}
	return done
}

// Stop refuses every draft from now on.
func (in *Intake) Stop() { in.stopping.Store(true) }

// Hold refuses every draft while it is on, replies too: the last thing to do
// before there is no memory left.
func (in *Intake) Hold(on bool) { in.held.Store(on) }

// admit charges a draft and makes a Message of it. The charge comes first, so that
// even what breaks the rules costs no more time than the quota allows.
func (in *Intake) admit(d *msg.Draft) (*msg.Message, error) {
	if d.Origin.Door != msg.DoorReply {
		if err := in.o.Quotas.Charge(d.Origin, d.Size()); err != nil {
			return nil, err
		}
	}
	return in.check(d)
}

// check makes a Message of a draft that keeps the rules.
func (in *Intake) check(d *msg.Draft) (*msg.Message, error) {
	namespace := cmp.Or(d.Namespace, msg.DefaultNamespace)
	if err := msg.CheckNamespace(namespace); err != nil {
		return nil, err
	}
	if err := msg.CheckEvent(d.Event); err != nil {
		return nil, err
	}
	if err := msg.CheckRooms(d.Rooms); err != nil {
		return nil, err
	}
	m := &msg.Message{
		Namespace: namespace, Event: d.Event, Payload: d.Payload, Spread: d.Spread, Attachments: d.Attachments,
		Rooms: d.Rooms, To: d.To, Ack: d.Ack, Callback: d.Callback, Origin: d.Origin, Source: d.Source,
		LeaveAt: d.LeaveAt, Replayed: d.Replayed, Unrecorded: d.Unrecorded,
	}
	switch size := d.Size(); {
	case size > in.o.MaxSize:
		in.o.Reached("max_body")
		return nil, fault.Newf(fault.TooLarge, "the message is %d bytes; at most %d are allowed", size, in.o.MaxSize).
			WithHint("send it in parts, or raise limits.max_body")
	case len(d.Attachments) > in.o.MaxAttachments:
		in.o.Reached("max_attachments")
		return nil, fault.Newf(fault.Invalid, "the message has %d attachments; at most %d are allowed", len(d.Attachments), in.o.MaxAttachments).
			WithCode("too_many_attachments").WithHint("send several messages, or raise limits.max_attachments")
	case len(d.Payload) == 0:
		return nil, fault.Newf(fault.Invalid, "the message has no data").
			WithCode("invalid_json").WithHint(`add "data"; null is allowed`)
	}
	payload, err := jsontext.Bounds{MaxDepth: in.o.MaxDepth, MaxKeys: in.o.MaxKeys}.Compact(d.Payload)
	if err != nil {
		switch fault.From(err).Code {
		case jsontext.TooDeep:
			in.o.Reached("max_json_depth")
		case jsontext.TooManyKeys:
			in.o.Reached("max_json_keys")
		}
		return nil, err
	}
	if d.Spread && payload[0] != '[' {
		return nil, fault.Newf(fault.Invalid, "the arguments of an event are not a JSON array").WithCode("invalid_json")
	}
	m.Payload = payload
	if d.Said {
		m.Except = d.Origin.Client
	}
	return m, nil
}

// hand gives m to its lane. What a client said on a namespace that does not
// relay goes no further than the record of it.
func (in *Intake) hand(m *msg.Message, said bool) (dropped int, err error) {
	if said && !in.o.Lanes.Relays(m.Namespace) {
		in.o.Watch.Accepted(m.Namespace, 1)
		in.o.Watch.Observe(&msg.Record{Message: m, Outcome: msg.Received, At: m.Accepted})
		return 0, nil
	}
	drops, err := in.o.Lanes.Push(m)
	if err != nil {
		in.o.Watch.Rejected(m.Namespace)
		return 0, err
	}
	in.o.Watch.Accepted(m.Namespace, 1)
	for _, d := range drops {
		in.o.Watch.Observe(&msg.Record{Message: d.Message, Outcome: d.Outcome(), Reason: d.Reason, At: m.Accepted})
	}
	return len(drops), nil
}

// id makes a ULID: the time, which start of the hub, and the number, so that it
// is unique and sorts as the numbers do.
func (in *Intake) id(seq uint64, now time.Time) (id ulid.ULID) {
	var entropy [10]byte
	copy(entropy[:], in.run[:])
	binary.BigEndian.PutUint64(entropy[2:], seq)
	_ = id.SetTime(ulid.Timestamp(now)) // fails after the year 10889
	_ = id.SetEntropy(entropy[:])       // fails for another length than 10
	return id
}
