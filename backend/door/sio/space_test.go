package sio

import (
	"errors"
	"testing"

	"emitscope/backend/door/outbox"
	"emitscope/backend/fault"
)

func TestOneIDHasOnePlaceInANamespace(t *testing.T) {
	s := &space{
		name: "/ws", all: &spaces{byName: make(map[string]*space)},
		members: make(map[string]*member), rooms: make(map[string]map[*member]struct{}),
	}
	viewer := func() *member {
		return &member{id: "/ws#sid", space: s, tap: outbox.NewTap(outbox.New(outbox.Options{}))}
	}
	first, second := viewer(), viewer()
	if err := s.admit(first); err != nil {
		t.Fatal(err)
	}
	if err := s.admit(second); !errors.Is(err, fault.Conflict) {
		t.Errorf("got %v, want a conflict: the first has not left", err)
	}
	s.drop(second)
	s.drop(first)
	if len(s.viewers) != 0 || len(s.members) != 0 {
		t.Errorf("got %d viewers and %d members when both have left, want none", len(s.viewers), len(s.members))
	}
	if err := s.admit(second); err != nil {
		t.Errorf("got %v, want the id to be free", err)
	}
}
