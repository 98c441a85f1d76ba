package trial

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// frameOf is a frame as a server sends it.
func frameOf(op byte, last bool, payload string) []byte {
	f := appendHeader(nil, op, len(payload))
	f = f[:len(f)-4] // the mask
	f[1] &^= maskBit
	if !last {
		f[0] &^= finBit
	}
	return append(f, payload...)
}

func textFrame(text string) []byte { return frameOf(opText, true, text) }

// messagesOf returns the messages in bytes that come in parts of at most part
// bytes, as a reader would hand them over.
func messagesOf(data []byte, part int) (messages []string, err error) {
	var a assembler
	var kept []byte
	for len(data) > 0 {
		n := min(part, len(data))
		kept = append(kept, data[:n]...)
		data = data[n:]
		for {
			f, used, err := nextFrame(kept)
			if err != nil {
				return messages, err
			}
			if used == 0 {
				break
			}
			if f.op < opClose {
				m, complete, err := a.add(f)
				if err != nil {
					return messages, err
				}
				if complete {
					messages = append(messages, string(m))
				}
			}
			kept = kept[used:]
		}
	}
	return messages, nil
}

func TestFramesOfEveryLengthAreReadInPartsOfAnySize(t *testing.T) {
	var data []byte
	var want []string
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 70000} {
		want = append(want, strings.Repeat("x", n))
		data = append(data, textFrame(want[len(want)-1])...)
	}
	for _, part := range []int{1, 2, 7, 4096, len(data)} {
		if got, err := messagesOf(data, part); err != nil || !slices.Equal(got, want) {
			t.Errorf("in parts of %d: got %d messages and %v, want %d", part, len(got), err, len(want))
		}
	}
}

func TestFragmentsBecomeOneMessageWithControlFramesBetweenThem(t *testing.T) {
	data := slices.Concat(
		frameOf(opText, false, "one "), frameOf(opPing, true, "?"), frameOf(opContinue, false, "two "),
		frameOf(opContinue, true, "three"), textFrame("next"))
	got, err := messagesOf(data, 3)
	if want := []string{"one two three", "next"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestWhatNoServerMaySendIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"reserved bits":         {[]byte{0xc1, 0}, errReserved},
		"masked":                {[]byte{0x81, 0x80, 0, 0, 0, 0}, errMasked},
		"unknown kind":          {[]byte{0x83, 0}, errOpcode},
		"unknown control":       {[]byte{0x8b, 0}, errOpcode},
		"fragmented ping":       {frameOf(opPing, false, ""), errBadControl},
		"long ping":             {frameOf(opPing, true, strings.Repeat("x", 126)), errBadControl},
		"too long":              {[]byte{0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0}, errTooLong},
		"negative":              {[]byte{0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, errTooLong},
		"continuation of none":  {frameOf(opContinue, true, ""), errSequence},
		"text in another's way": {append(frameOf(opText, false, "a"), textFrame("b")...), errSequence},
	} {
		if _, err := messagesOf(c.data, len(c.data)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestAFrameOfOursIsMaskedWithZero(t *testing.T) {
	for _, n := range []int{0, 125, 126, 65535, 65536} {
		payload := bytes.Repeat([]byte("x"), n)
		f := appendFrame(nil, opText, payload)
		if f[0] != finBit|opText || f[1]&maskBit == 0 || !bytes.HasSuffix(f, append([]byte{0, 0, 0, 0}, payload...)) {
			t.Errorf("%d bytes: got %x", n, f[:min(len(f), 20)])
		}
	}
}

// FuzzFrames looks for bytes that break the reading of frames, or that are read
// otherwise when they come in parts.
func FuzzFrames(f *testing.F) {
	f.Add(slices.Concat(textFrame("a"), frameOf(opText, false, "b"), frameOf(opContinue, true, "c")), 1)
	f.Add([]byte{0x81, 126, 0, 200}, 3)
	f.Add([]byte{0x89, 0}, 1)
	f.Fuzz(func(t *testing.T, data []byte, part int) {
		want, wantErr := messagesOf(data, max(len(data), 1))
		got, err := messagesOf(data, max(part, 1))
		if !slices.Equal(got, want) || !errors.Is(err, wantErr) {
			t.Errorf("in parts of %d: got %q, %v; want %q, %v", part, got, err, want, wantErr)
		}
	})
}

// BenchmarkReceive is what one delivery of 200 bytes costs a subscriber: finding
// its frame and its mark, and counting it. Reading the bytes comes on top.
func BenchmarkReceive(b *testing.B) {
	c := newTally(listening(4))
	f := newFilter("/bench", "tick")
	s := &Socket{}
	var chunk []byte
	messages := int64(0)
	for ; len(chunk) < readSize-300; messages++ {
		text := appendData([]byte(`42/bench,["tick",`), c.clock.at(time.Now()), c.id, messages, 200)
		chunk = append(chunk, textFrame(string(text)+"]")...)
	}
	b.ReportAllocs()
	for b.Loop() {
		clear(c.seen)
		at := time.Now()
		for data := chunk; len(data) > 0; {
			fr, used, err := nextFrame(data)
			if err != nil {
				b.Fatal(err)
			}
			data = data[used:]
			if message, _, _ := s.handle(fr); f.kind(message) == isEvent {
				c.take(at, message)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(int64(b.N)*messages), "ns/message")
	if c.twice > 0 || c.foreign > 0 {
		b.Errorf("got %d twice and %d of others, want none", c.twice, c.foreign)
	}
}

func TestADeliveryAllocatesNothing(t *testing.T) {
	c := newTally(listening(1))
	c.seen = make(bitmap, 1000)
	f := newFilter("/bench", "tick")
	s := &Socket{}
	n := int64(0)
	frames := make([][]byte, 2000)
	for i := range frames {
		text := appendData([]byte(`42/bench,["tick",`), c.clock.at(time.Now()), c.id, int64(i), 200)
		frames[i] = textFrame(string(text) + "]")
	}
	allocs := testing.AllocsPerRun(1000, func() {
		fr, _, _ := nextFrame(frames[n])
		if message, _, _ := s.handle(fr); f.kind(message) == isEvent {
			c.take(time.Now(), message)
		}
		n++
	})
	if allocs != 0 || c.arrived.Load() != uint64(n) {
		t.Errorf("got %v allocations a delivery and %d of %d counted, want none and all", allocs, c.arrived.Load(), n)
	}
}
