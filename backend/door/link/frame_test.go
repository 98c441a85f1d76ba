package link_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/link"
)

type frame struct {
	Opcode  byte
	Payload string
}

func walk(b []byte) (frames []frame) {
	for opcode, payload := range link.Frames(b) {
		frames = append(frames, frame{opcode, string(payload)})
	}
	return frames
}

func TestFramesGivesBackWhatFramesWereMadeOf(t *testing.T) {
	want := []frame{}
	var b []byte
	for _, size := range []int{0, 1, 125, 126, 127, 65535, 65536, 70000} {
		payload := strings.Repeat("x", size)
		room := append(make([]byte, link.MaxHeader), payload...)
		b = slices.Concat(b, link.Text(payload), link.Binary([]byte(payload)), link.Finish(room, link.OpText))
		want = append(want, frame{link.OpText, payload}, frame{link.OpBinary, payload}, frame{link.OpText, payload})
	}
	b = slices.Concat(b, link.Control(link.OpPing, "p"), link.Close(0, ""), link.Close(1001, "bye"))
	want = append(want, frame{link.OpPing, "p"}, frame{link.OpClose, ""}, frame{link.OpClose, "\x03\xe9bye"})
	if diff := cmp.Diff(want, walk(b)); diff != "" {
		t.Errorf("(-made +walked):\n%s", diff)
	}
}

func TestTheReasonOfACloseIsCutBetweenCharacters(t *testing.T) {
	for _, f := range walk(link.Close(1008, strings.Repeat("ä", 100))) {
		if got, want := f.Payload[2:], strings.Repeat("ä", 61); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte{})
	f.Add(link.Text("hello"))
	f.Add(link.Binary(make([]byte, 300)))
	f.Add([]byte{0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		for _, payload := range link.Frames(b) {
			total += len(payload)
			if !bytes.Contains(b, payload) {
				t.Fatalf("got %x, which is not in %x", payload, b)
			}
		}
		if total > len(b) {
			t.Fatalf("got %d bytes of payload from %d", total, len(b))
		}
	})
}
