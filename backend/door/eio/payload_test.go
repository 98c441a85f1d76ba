package eio

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"emitscope/backend/door/link"
)

const octets = "application/octet-stream"

// read decodes a body, and writes its packets as a person reads them.
func read(revision int, contentType, body string) (packets []string, err error) {
	for p, err := range decode(revision, contentType, []byte(body)) {
		if err != nil {
			return packets, err
		}
		if p.opcode == link.OpBinary {
			packets = append(packets, fmt.Sprintf("bytes %q", p.data))
		} else {
			packets = append(packets, string(p.data))
		}
	}
	return packets, nil
}

func TestDecodeABody(t *testing.T) {
	for _, c := range []struct {
		revision   int
		kind, body string
		want       []string
	}{
		{4, "", "4hello", []string{"4hello"}},
		{4, "", "4hello\x1e3\x1e4", []string{"4hello", "3", "4"}},
		{4, "", "4a\x1ebAQID\x1eb", []string{"4a", `bytes "\x01\x02\x03"`, `bytes ""`}},
		{3, "", "6:4hello", []string{"4hello"}},
		{3, "", "2:4é3:4😀1:3", []string{"4é", "4😀", "3"}},
		{3, "", "2:4a6:b4AQID", []string{"4a", `bytes "\x04\x01\x02\x03"`}},
		{3, octets, "\x00\x03\xff4é\x01\x01\x00\xff\x04123456789", []string{"4é", `bytes "\x04123456789"`}},
	} {
		got, err := read(c.revision, c.kind, c.body)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("revision %d, %q: error %v, -want +got\n%s", c.revision, c.body, err, diff)
		}
	}
}

func TestDecodeRefusesWhatIsNotAPayload(t *testing.T) {
	for _, c := range []struct {
		revision   int
		kind, body string
	}{
		{4, "", ""}, {4, "", "abc"}, {4, "", "4x\x1e9"}, {4, "", "4x\x1e"}, {4, "", "\x1e4x"}, {4, "", "b!!!"},
		{3, "", ""}, {3, "", "4hello"}, {3, "", ":4"}, {3, "", "3:4"}, {3, "", "x:4"}, {3, "", "-1:4"}, {3, "", "0:"},
		{3, "", "9999999999:4"}, {3, "", "2:b3"}, {3, "", "4:b4!!"},
		{3, octets, "\x02\x01\xff4"}, {3, octets, "\x00\xff4"}, {3, octets, "\x00\x02\xff4"}, {3, octets, "\x01\x01\xff\x03"}, {3, octets, "\x00\x0b\xff4"},
	} {
		if got, err := read(c.revision, c.kind, c.body); err == nil {
			t.Errorf("revision %d, %q: got %q, want an error", c.revision, c.body, got)
		}
	}
}

func TestEncodeAnAnswer(t *testing.T) {
	packets := []packet{
		{link.OpText, []byte(`42["é😀"]`)},
		{link.OpBinary, []byte{1, 2, 3}},
		{link.OpText, []byte("2")},
	}
	if got, want := string(encode(4, packets)), "42[\"é😀\"]\x1ebAQID\x1e2"; got != want {
		t.Errorf("revision 4: got %q, want %q", got, want)
	}
	packets[1].data = []byte{4, 1, 2, 3}
	if got, want := string(encode(3, packets)), `9:42["é😀"]6:b4AQID1:2`; got != want {
		t.Errorf("revision 3: got %q, want %q", got, want)
	}
}

func TestAnEntryMayBeSeveralFrames(t *testing.T) {
	entry := slices.Concat(link.Text("451-[]"), link.Binary([]byte("img")), link.Control(link.OpPong, "x"))
	got := packetsOf(nil, entry)
	if len(got) != 2 || string(got[0].data) != "451-[]" || string(got[1].data) != "img" || got[1].opcode != link.OpBinary {
		t.Errorf("got %v, want a text and bytes, and nothing of the pong", got)
	}
	if again := framesOf(got); !bytes.Equal(again, entry[:len(entry)-3]) {
		t.Errorf("got the frames %q, want those they came from", again)
	}
}

// FuzzDecode: what was understood says the same when it is encoded again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"4a\x1ebAQID\x1e3", "2:4é3:4😀6:b4AQID", "\x00\x03\xff4é\x01\x02\xff\x04a"} {
		f.Add(3, false, []byte(s))
		f.Add(3, true, []byte(s))
		f.Add(4, false, []byte(s))
	}
	f.Fuzz(func(t *testing.T, revision int, binary bool, body []byte) {
		if revision != 3 {
			revision = 4
		}
		kind := ""
		if binary {
			kind = octets
		}
		var packets []packet
		for p, err := range decode(revision, kind, body) {
			if err != nil {
				return
			}
			if p.opcode == link.OpText && bytes.ContainsAny(p.data, "\x1e") {
				return // revision 4 has no word for it, and no client sends it
			}
			packets = append(packets, p)
		}
		var again []packet
		for p, err := range decode(revision, "", encode(revision, packets)) {
			if err != nil {
				t.Fatalf("%q: encoded again it is not understood: %v", body, err)
			}
			again = append(again, p)
		}
		if diff := cmp.Diff(packets, again, cmp.AllowUnexported(packet{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q: -first +again\n%s", body, diff)
		}
	})
}
