package sio_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/sio"
	"emitscope/backend/msg"
)

func record(m *msg.Message) *msg.Record { return &msg.Record{Message: m} }

func TestALateJoinerGetsThePastThenWhatIsSentMeanwhileThenTheRest(t *testing.T) {
	h := newHub(t)
	h.emit(message(1, "/ws", "e", "1"))
	h.past = []*msg.Record{record(message(1, "/ws", "e", "1"))}
	h.during = func() { // 2 is known in time to be part of the past
		h.during = nil
		m := message(2, "/ws", "e", "2")
		h.emit(m)
		h.past = append(h.past, record(m))
		h.after = func() { h.after = nil; h.emit(message(3, "/ws", "e", "3")) } // 3 is not
	}
	s := h.webSocket()
	s.join("/ws", `{"last":2}`)
	for i := 1; i <= 3; i++ {
		s.want(fmt.Sprintf(`42/ws,["e",%d]`, i))
	}
	h.emit(message(4, "/ws", "e", "4"))
	s.want(`42/ws,["e",4]`)
}

func TestALateJoinerGetsTheLastOfEachStream(t *testing.T) {
	h := newHub(t)
	h.past = []*msg.Record{
		record(message(1, "/ws", "a", "1")), record(message(2, "/ws", "a", "2")),
		record(message(3, "/ws", "b", "3")), record(message(4, "/ws", "b", "4")), record(message(5, "/ws", "b", "5")),
	}
	s := h.webSocket()
	s.join("/ws", `{"last":2}`)
	for _, want := range []string{`["a",1]`, `["a",2]`, `["b",4]`, `["b",5]`} {
		s.want("42/ws," + want)
	}
}

func TestEachLateJoinerGetsEachMessageOnceWhileMessagesAreSent(t *testing.T) {
	h := newHub(t)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() { // the emitter, and recent, which learns of each message first
		defer close(done)
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			m := message(uint64(i), "/ws", "e", fmt.Sprint(i))
			h.set(func() {
				h.past = append(h.past, record(m))
				h.past = h.past[max(0, len(h.past)-100):]
				h.order.Store(uint64(i))
			})
			h.Send(msg.Emission{Message: m, Order: uint64(i)}, nil)
			if i%100 == 0 {
				time.Sleep(time.Millisecond) // clients should keep up
			}
		}
	}()
	for i := range 30 {
		s := h.webSocket()
		s.join("/ws", `{"last":10}`)
		next := 0
		for k := range 200 {
			var got int
			if _, err := fmt.Sscanf(s.next(), `42/ws,["e",%d]`, &got); err != nil {
				t.Fatal(err)
			}
			if next > 0 && got != next {
				t.Fatalf("joiner %d, message %d: got %d, want %d", i, k, got, next)
			}
			next = got + 1
		}
		s.close()
	}
	close(stop)
	<-done
}

// manyStreams is more of the past than may wait for one client.
func manyStreams() (past []*msg.Record) {
	for i := range 2 * outbox.DefaultMaxFrames {
		past = append(past, record(message(uint64(i+1), "/ws", fmt.Sprint("s", i%100), fmt.Sprint(i+1))))
	}
	return past
}

func TestWhoeverAsksForTheLastOfManyStreamsIsNotCutOff(t *testing.T) {
	h := newHub(t)
	h.past = manyStreams()
	newest := h.past[len(h.past)-outbox.DefaultMaxFrames/2:]
	t.Run("on connect", func(t *testing.T) {
		s := h.polling() // all waits for its polls
		s.join("/ws", `{"last":100}`)
		for _, r := range newest {
			s.want(fmt.Sprintf(`42/ws,[%q,%s]`, r.Event, r.Payload))
		}
	})
	t.Run("later", func(t *testing.T) {
		s := h.polling()
		s.join("/ws")
		s.send(`42/ws,["last",{"n":100}]`)
		for _, r := range newest {
			s.want(fmt.Sprintf(`42/ws,[%q,%s]`, r.Event, r.Payload))
		}
	})
}

func TestWhoeverAsksForLargeLastMessagesIsNotCutOff(t *testing.T) {
	var log logged
	h := newHub(t, func(o *sio.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	for i := range 12 {
		h.past = append(h.past, record(message(uint64(i+1), "/ws", fmt.Sprint("s", i), `"`+strings.Repeat("x", 1<<20-100)+`"`)))
	}
	s := h.polling()
	s.join("/ws")
	if got := s.sendAndAck(`42/ws,9["last",{"n":1}]`); got != 4 {
		t.Errorf("got %d messages of almost 1 MiB, want the newest 4, half of what may wait; log: %s", got, log.out.String())
	}
}

// sendAndAck sends an event and returns how many messages come before its ack.
func (s *socket) sendAndAck(text string) (messages int) {
	s.t.Helper()
	s.send(text)
	for ; !strings.HasPrefix(s.next(), "43/ws,9"); messages++ {
	}
	return messages
}
