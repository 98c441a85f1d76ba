package rest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// cellar is the history, made up.
type cellar struct {
	records []*msg.Record // of which there may be more than recent has
	looks   uint64        // a page looks at so many numbers; 0: at all
	asked   int
	broken  error
}

func (c *cellar) Before(_ context.Context, f query.Filter, before uint64, limit int) (page []*msg.Record, next uint64, err error) {
	c.asked++
	all := msg.NewestOnce(slices.Clone(c.records))
	if len(all) == 0 || c.broken != nil {
		return nil, 0, c.broken
	}
	if before == 0 {
		before = all[0].Seq + 1
	}
	var down uint64
	if c.looks > 0 && before > c.looks {
		down = before - c.looks
	}
	for _, rec := range all {
		switch {
		case rec.Seq >= before || !f.Match(rec):
		case rec.Seq < down:
			return page, down, nil
		case len(page) == limit:
			return page, page[limit-1].Seq, nil
		default:
			page = append(page, rec)
		}
	}
	return page, down, nil
}

func (c *cellar) Find(_ context.Context, seq uint64) (*msg.Record, error) {
	for _, rec := range c.records {
		if rec.Seq == seq {
			return rec, nil
		}
	}
	return nil, c.broken
}

func kept(seq uint64, event string) *msg.Record {
	return &msg.Record{
		Message: &msg.Message{Seq: seq, Namespace: "/x", Event: event, Payload: []byte("1")}, Outcome: msg.Emitted, At: time.Unix(int64(seq), 0),
	}
}

// everyPage reads all that is kept, page by page.
func (h *hub) everyPage(query string) (seqs []uint64) {
	h.t.Helper()
	for before := uint64(0); ; {
		page := decode[wire.MessagePage](h.t, h.get(fmt.Sprintf("/api/v1/messages?%s&before=%d", query, before)), http.StatusOK)
		for _, m := range page.Messages {
			seqs = append(seqs, m.Seq)
		}
		if page.Before == 0 {
			return seqs
		}
		if before > 0 && page.Before >= before {
			h.t.Fatalf("the page before %d is followed by one before %d", before, page.Before)
		}
		before = page.Before
	}
}

// Whatever order messages ended in, and wherever recent ends: the pages have each of
// them once, the newest first.
func TestPagesGoOnSeamlesslyIntoTheHistory(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	for _, behind := range []uint64{0, 1, 20, 300} { // the numbers of one lane come so much later
		h := startHub(t)
		var all []*msg.Record // in the order in which they ended
		for seq := uint64(1); seq <= 400; seq++ {
			all = append(all, kept(seq, []string{"a", "b"}[random.IntN(2)]))
		}
		ended := func(rec *msg.Record) uint64 {
			if rec.Event == "b" {
				return rec.Seq + behind
			}
			return rec.Seq
		}
		slices.SortStableFunc(all, func(a, b *msg.Record) int { return int(ended(a)) - int(ended(b)) })
		const has = 150 // the newest by when they ended
		h.cellar.records = all[:len(all)-has+10]
		for _, rec := range msg.NewestOnce(slices.Clone(all[len(all)-has:])) {
			h.world.records = slices.Insert(h.world.records, 0, rec)
		}
		for _, rec := range all[:len(all)-has] {
			h.world.forgotten = max(h.world.forgotten, rec.Seq)
		}
		for _, h.cellar.looks = range []uint64{0, 37, 3} {
			for _, q := range []string{"limit=7", "limit=1000", "limit=150", "limit=10&q=event:b", "limit=5&q=seq:3,70,350"} {
				want := []uint64{}
				for seq := uint64(400); seq > 0; seq-- {
					i := slices.IndexFunc(all, func(r *msg.Record) bool { return r.Seq == seq })
					if q == "limit=10&q=event:b" && all[i].Event != "b" || q == "limit=5&q=seq:3,70,350" && seq != 3 && seq != 70 && seq != 350 {
						continue
					}
					want = append(want, seq)
				}
				if got := h.everyPage(q); !slices.Equal(got, want) {
					t.Fatalf("%d behind, %s, looking at %d: got %v, want %v", behind, q, h.cellar.looks, got, want)
				}
			}
		}
	}
}

func TestWhatRecentHasAsksNobodyElse(t *testing.T) {
	h := startHub(t)
	for seq := uint64(50); seq <= 100; seq++ {
		h.world.records = append(h.world.records, kept(seq, "a"))
	}
	h.world.forgotten = 60
	h.cellar.broken = errors.New("the disk is slow")
	page := decode[wire.MessagePage](t, h.get("/api/v1/messages?limit=20"), http.StatusOK)
	if len(page.Messages) != 20 || page.Before != 81 || h.cellar.asked != 0 {
		t.Errorf("got %d messages, before %d, and asked %d times", len(page.Messages), page.Before, h.cellar.asked)
	}
	if a := h.get("/api/v1/messages?limit=50"); a.status != http.StatusInternalServerError {
		t.Errorf("where it is not all: got %d, want that it cannot be read", a.status)
	}
}

func TestAMessageIsFoundInTheHistory(t *testing.T) {
	h := startHub(t)
	h.cellar.records = []*msg.Record{kept(5, "a")}
	if got := decode[wire.Message](t, h.get("/api/v1/messages/5"), http.StatusOK); got.Seq != 5 || got.Event != "a" {
		t.Errorf("got %+v", got)
	}
	wantError(t, h.get("/api/v1/messages/6"), http.StatusNotFound, "not_found")
}
