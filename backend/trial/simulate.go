package trial

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/simulate"
)

// Simulated is what became of messages that were made up.
type Simulated struct {
	Producers int               `json:"producers"`
	Seconds   float64           `json:"seconds"`
	Offered   float64           `json:"offered_per_second"` // of all producers, by their schedules
	Sent      uint64            `json:"sent"`
	Accepted  uint64            `json:"accepted"`
	Refused   map[string]uint64 `json:"refused"` // by code
	Missed    uint64            `json:"missed"`  // not sent: this machine was too slow for the schedule
	Lost      []string          `json:"lost"`    // why connections ended early
}

// Simulate has producers from to from+count-1 of what make messages up and send
// them as p says: target, key, namespace, event and the way. Each has a connection
// and a goroutine of its own, and begins at start. It returns when all have ended,
// or ctx has; what was sent by then is counted. The error says why nothing could be
// sent.
func Simulate(ctx context.Context, p Plan, what *simulate.Plan, from, count int, start time.Time) (Simulated, error) {
	p.Producers, p.Acks = count, true
	out := Simulated{Producers: count, Offered: what.Offered() / float64(what.Setup().Producers) * float64(count), Refused: map[string]uint64{}, Lost: []string{}}
	var mu sync.Mutex
	refused := func(code string, _ int64) {
		mu.Lock()
		defer mu.Unlock()
		out.Refused[code]++
	}
	senders := make([]Sender, count)
	for i := range senders {
		s, err := p.Sender(ctx, refused)
		if err != nil {
			for _, open := range senders[:i] {
				_ = open.Close() // nothing was sent
			}
			return out, fmt.Errorf("connect producer %d: %w", from+i+1, err)
		}
		senders[i] = s
		if s, ok := s.(interface{ hurry() }); ok {
			defer context.AfterFunc(ctx, s.hurry)()
		}
	}
	if now := time.Now(); start.Before(now) {
		start = now
	}
	var producers sync.WaitGroup
	for i, s := range senders {
		producers.Go(func() {
			sent, missed, err := send(ctx, what.Producer(from+i), start, s)
			mu.Lock()
			defer mu.Unlock()
			out.Sent += sent
			out.Missed += missed
			if err != nil && ctx.Err() == nil {
				out.Lost = append(out.Lost, err.Error())
			}
		})
	}
	producers.Wait()
	out.Seconds = time.Since(start).Seconds()
	out.Accepted = out.Sent - min(out.Sent, out.refusals())
	if out.Sent == 0 && len(out.Lost) > 0 {
		return out, fault.Newf(fault.Internal, "nothing could be sent: %s", out.Lost[0])
	}
	return out, nil
}

// send sends what one producer makes, and waits until the hub has read it.
func send(ctx context.Context, from *simulate.Producer, start time.Time, to Sender) (sent, missed uint64, err error) {
	var items []Item
	from.Run(ctx, start, func(b simulate.Batch) bool {
		missed += b.Missed
		for rest := b.Data; len(rest) > 0 && err == nil; {
			n := min(len(rest), to.Most())
			items = items[:0]
			for _, data := range rest[:n] {
				items = append(items, Item{N: int64(sent) + int64(len(items)), Data: data})
			}
			if err = to.Send(items); err == nil {
				sent += uint64(n)
			}
			rest = rest[n:]
		}
		return err == nil
	})
	if closed := to.Close(); err == nil {
		err = closed
	}
	return sent, missed, err
}

func (s *Simulated) refusals() (total uint64) {
	for _, n := range s.Refused {
		total += n
	}
	return total
}

// Add adds what other producers have done meanwhile.
func (s *Simulated) Add(other Simulated) {
	s.Producers += other.Producers
	s.Seconds = max(s.Seconds, other.Seconds)
	s.Offered += other.Offered
	s.Sent += other.Sent
	s.Accepted += other.Accepted
	s.Missed += other.Missed
	if s.Refused == nil {
		s.Refused = map[string]uint64{}
	}
	for code, n := range other.Refused {
		s.Refused[code] += n
	}
	s.Lost = append(s.Lost, other.Lost...)
}

// WriteTable writes it for a person.
func (s *Simulated) WriteTable(w io.Writer) error {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s%s\n", name, fmt.Sprintf(format, args...))
	}
	row("producers", "%d, offering %s messages a second", s.Producers, short(s.Offered))
	row("sent", "%s in %.1f s, %s a second", grouped(s.Sent), s.Seconds, short(float64(s.Sent)/max(s.Seconds, 1e-3)))
	row("accepted", "%s", grouped(s.Accepted))
	row("refused", "%s", (&Report{Refused: s.Refused}).refusals())
	if s.Missed > 0 {
		row("missed", "%s that this machine was too slow to make", grouped(s.Missed))
	}
	for _, why := range s.Lost {
		row("lost", "a connection: %s", why)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
