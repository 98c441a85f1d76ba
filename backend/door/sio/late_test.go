package sio_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"emitscope/backend/door/sio"
	"emitscope/backend/msg"
)

func record(m *msg.Message) *msg.Record { return &msg.Record{Message: m} }

func TestALateJoinerGetsWhatIsSentMeanwhileInOrder(t *testing.T) {
	h := newHub(t)
	h.emit(message(5, "/ws", "e", "5"))
	h.during = func() { // both are recorded already, and 5 is too old to be among the last
		h.during = nil
		for i := uint64(6); i <= 7; i++ {
			m := message(i, "/ws", "e", fmt.Sprint(i))
			h.emit(m)
			h.past = append(h.past, record(m))
		}
	}
	s := h.webSocket()
	s.join("/ws", `{"last":2}`)
	for i := 5; i <= 7; i++ {
		s.want(fmt.Sprintf(`42/ws,["e",%d]`, i))
	}
}

func TestALateJoinerGetsTheLastOfEachStream(t *testing.T) {
	h := newHub(t)
	h.past = []*msg.Record{
		record(message(1, "/ws", "a", "1")), record(message(2, "/ws", "a", "2")),
		record(message(3, "/ws", "b", "3")), record(message(4, "/ws", "b", "4")),
	}
	h.emit(message(5, "/ws", "b", "5")) // recent does not know it yet
	s := h.webSocket()
	s.join("/ws", `{"last":2}`)
	for _, want := range []string{`["a",1]`, `["a",2]`, `["b",4]`, `["b",5]`} {
		s.want("42/ws," + want)
	}
}

// manyStreams is more of the past than may wait for one client.
func manyStreams() (past []*msg.Record) {
	for i := range 2 * sio.MaxWaitingFrames {
		past = append(past, record(message(uint64(i+1), "/ws", fmt.Sprint("s", i%100), fmt.Sprint(i+1))))
	}
	return past
}

func TestWhoeverAsksForTheLastOfManyStreamsIsNotCutOff(t *testing.T) {
	h := newHub(t)
	h.past = manyStreams()
	newest := h.past[len(h.past)-sio.MaxWaitingFrames/2:]
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
		t.Errorf("got %d messages of 1 MiB, want the newest 4, half of what may wait; log: %s", got, log.out.String())
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
