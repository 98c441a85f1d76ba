package recent

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// model does what Recent does, the slow and obvious way.
type model struct {
	o     Options
	ring  []*msg.Record
	tails [][]*msg.Record // the stream with the newest message last
	most  int             // streams there were at once
}

func total(records []*msg.Record) (n int64) {
	for _, r := range records {
		n += cost(r)
	}
	return n
}

func (m *model) observe(rec *msg.Record) {
	m.ring = append(m.ring, rec)
	defer m.trim()
	if rec.Outcome != msg.Emitted || rec.To != "" {
		return
	}
	var tail []*msg.Record
	i := slices.IndexFunc(m.tails, func(t []*msg.Record) bool { return t[0].Event == rec.Event && t[0].Namespace == rec.Namespace })
	if i >= 0 {
		tail = m.tails[i]
		m.tails = slices.Delete(m.tails, i, i+1)
	}
	m.tails = append(m.tails, append(tail, rec))
	m.most = max(m.most, len(m.tails))
}

func (m *model) trim() {
	for len(m.ring) > m.o.MaxMessages || total(m.ring) > m.o.MaxBytes {
		m.ring = m.ring[1:]
	}
	share := m.o.TailBytes / int64(max(m.most, fewest))
	for i, t := range m.tails {
		for len(t) > msg.MaxLast || total(t) > share {
			t = t[1:]
		}
		m.tails[i] = t
	}
}

func (m *model) setBudget(bytes int) {
	m.o.TailBytes = int64(bytes) / 3
	m.o.MaxBytes = int64(bytes) - m.o.TailBytes
	m.most = len(m.tails)
	m.trim()
}

func (m *model) page(f query.Filter, before uint64, limit int) []*msg.Record {
	var out []*msg.Record
	for _, r := range m.ring {
		if f.Match(r) && (before == 0 || r.Seq < before) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *msg.Record) int { return cmp.Compare(b.Seq, a.Seq) })
	return out[:min(limit, len(out))]
}

func (m *model) last(namespace, event string, n int) []*msg.Record {
	for _, t := range m.tails {
		if t[0].Namespace == namespace && t[0].Event == event {
			return t[max(0, len(t)-n):]
		}
	}
	return nil
}

func TestRecentIsAsTheModel(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			o := Options{MaxMessages: 1 + random.IntN(300), MaxBytes: 50_000 + random.Int64N(400_000), TailBytes: 400_000}
			r, m := New(o), &model{o: o}
			namespace := func() string { return fmt.Sprint("/", random.IntN(3)) }
			event := func() string { return fmt.Sprint("e", random.IntN(1+random.IntN(12))) } // some are louder
			unused := random.Perm(2000)
			for step := range 2000 {
				// Roughly in order of seq, with some far behind.
				at := min(random.IntN(1+random.IntN(40)), len(unused)-1)
				slices.Sort(unused[:min(len(unused), 60)])
				rec := emitted(uint64(unused[at])+1, namespace(), event(), random.IntN(3000))
				unused = slices.Delete(unused, at, at+1)
				switch random.IntN(10) {
				case 0:
					rec.Outcome = msg.Dropped
				case 1:
					rec.To = "socket"
				}
				r.Observe(rec)
				m.observe(rec)
				if step%100 == 0 && seed%2 == 1 {
					budget := 400_000 + random.IntN(800_000) // no stream's share is below one message
					r.SetBudget(budget)
					m.setBudget(budget)
				}
				if step%50 == 0 {
					compare(t, r, m, random)
				}
			}
		})
	}
}

// compare pages through everything, asks for each seq, and for each stream's last.
func compare(t *testing.T, r *Recent, m *model, random *rand.Rand) {
	t.Helper()
	for _, f := range []query.Filter{{}, query.Stream("/1", ""), query.Stream("/2", "e3")} {
		limit := 1 + random.IntN(50)
		var before uint64
		for {
			page := m.page(f, before, limit)
			want(t, fmt.Sprintf("page of %v before %d", f, before), r.Page(f, before, limit), seqs(page)...)
			if len(page) == 0 {
				break
			}
			before = page[len(page)-1].Seq
		}
	}
	for seq := range uint64(2001) {
		_, found := r.Get(seq)
		if expected := slices.ContainsFunc(m.ring, func(rec *msg.Record) bool { return rec.Seq == seq }); found != expected {
			t.Fatalf("seq %d found: got %v, want %v", seq, found, expected)
		}
	}
	for n := range 12 {
		for _, namespace := range []string{"/0", "/1", "/2"} {
			event, count := fmt.Sprint("e", n), 1+random.IntN(msg.MaxLast)
			want(t, "last of "+namespace+" "+event, last(r, namespace, []string{event}, nil, count), seqs(m.last(namespace, event, count))...)
		}
	}
	if got := r.Usage().Bytes; got != total(m.ring) {
		t.Fatalf("counted %d bytes, want %d", got, total(m.ring))
	}
}
