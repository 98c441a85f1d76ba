package conformance

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// native is the path of the native WebSocket door.
const native = "/websocket"

// unknown is a frame of text that the door answers, and the beginning of the answer.
const unknown, refusal = `{"type":"dance"}`, `{"type":"error"`

// wantsAnswer fails unless the next frame answers unknown.
func (w *wire) wantsAnswer() {
	w.t.Helper()
	first, payload, err := w.read()
	if err != nil || first != textFrame || !strings.HasPrefix(payload, refusal) {
		w.t.Fatalf("got the frame %#x %q (%v), want an answer", first, payload, err)
	}
}

func TestTheHandshakeIsAnsweredAsTheTextSays(t *testing.T) {
	h := newHub(t)
	resp := h.dial().handshake(native, map[string]string{"Sec-WebSocket-Protocol": "a, b", "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"})
	if resp.StatusCode != http.StatusSwitchingProtocols || !strings.EqualFold(resp.Header.Get("Upgrade"), "websocket") ||
		!strings.EqualFold(resp.Header.Get("Connection"), "Upgrade") || resp.Header.Get("Sec-WebSocket-Accept") != sampleAccept {
		t.Errorf("got %s %v", resp.Status, resp.Header)
	}
	for _, name := range []string{"Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"} {
		if got, ok := resp.Header[http.CanonicalHeaderKey(name)]; ok {
			t.Errorf("got %s %q, and the hub has none", name, got)
		}
	}
}

func TestTheHandshakeTakesTheSpellingsOfItsHeaders(t *testing.T) {
	h := newHub(t)
	resp := h.dial().handshake(native, map[string]string{"Connection": "keep-alive, upgrade", "Upgrade": "WebSocket"})
	if resp.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("got %s, want 101", resp.Status)
	}
}

func TestARequestThatIsNoHandshakeIsRefused(t *testing.T) {
	h := newHub(t)
	for rule, change := range map[string]map[string]string{
		"no key":           {"Sec-WebSocket-Key": ""},
		"a short key":      {"Sec-WebSocket-Key": "AAAA"},
		"a key of no form": {"Sec-WebSocket-Key": "****"},
		"no version":       {"Sec-WebSocket-Version": ""},
		"another version":  {"Sec-WebSocket-Version": "8"},
		"no upgrade":       {"Upgrade": ""},
		"no connection":    {"Connection": "close"},
	} {
		resp := h.dial().handshake(native, change)
		if resp.StatusCode < 400 || resp.StatusCode >= 500 {
			t.Errorf("%s: got %s, want it refused", rule, resp.Status)
		}
		if got := resp.Header.Get("Sec-WebSocket-Version"); strings.Contains(rule, "another version") && got != "13" {
			t.Errorf("%s: the answer says version %q, want 13", rule, got)
		}
	}
}

func TestFramesOfEveryFormOfLengthArrive(t *testing.T) {
	h := newHub(t)
	w := h.webSocket(native)
	w.send(frame(textFrame, `{"type":"subscribe"}`))
	w.wants(textFrame, `{"type":"subscribed","namespace":"/ws"}`)
	for _, n := range []int{0, 1, 100, 125, 126, 127, 65535, 65536, 1 << 19} {
		data := strings.Repeat("*", n)
		w.send(frame(textFrame, `{"type":"publish","event":"e","data":"`+data+`"}`))
		first, payload, err := w.read()
		if err != nil || first != textFrame || !strings.Contains(payload, `"data":"`+data+`"`) {
			t.Fatalf("%d bytes: got %#x %.100q (%v)", n, first, payload, err)
		}
	}
}

func TestFramesMayComeAByteAtATimeOrManyAtOnce(t *testing.T) {
	h := newHub(t)
	w := h.webSocket(native)
	for _, b := range frame(textFrame, unknown) {
		w.send([]byte{b})
	}
	w.wantsAnswer()
	w.send(frame(textFrame, unknown), frame(pingFrame, "a"), frame(textFrame, unknown), frame(pingFrame, "b"))
	answers, pongs := 0, 0 // a pong may overtake an answer
	for range 4 {
		switch first, _, err := w.read(); {
		case err != nil:
			t.Fatal(err)
		case first == pongFrame:
			pongs++
		default:
			answers++
		}
	}
	if answers != 2 || pongs < 1 {
		t.Errorf("got %d answers and %d pongs, want 2 and 2", answers, pongs)
	}
}

func TestAPingIsAnsweredWithItsPayload(t *testing.T) {
	h := newHub(t)
	w := h.webSocket(native)
	for _, payload := range []string{"", "hello", "\x00\xff\xfe", strings.Repeat("x", 125)} {
		w.send(frame(pingFrame, payload))
		w.wants(pongFrame, payload)
	}
}

func TestAPongThatNobodyAskedForIsIgnored(t *testing.T) {
	h := newHub(t)
	w := h.webSocket(native)
	w.send(frame(pongFrame, "unasked"), frame(textFrame, unknown))
	w.wantsAnswer()
}

func TestAMessageInFragmentsIsOneMessageAndControlFramesMayBeBetween(t *testing.T) {
	h := newHub(t)
	w := h.webSocket(native)
	half := len(unknown) / 2
	w.send(frame(textFrame&^fin, unknown[:half]), frame(continuation, ""), frame(pingFrame, "between"), frame(fin|continuation, unknown[half:]))
	w.wants(pongFrame, "between")
	w.wantsAnswer()
}

func TestACharacterMayBeCutBetweenFragments(t *testing.T) {
	h := newHub(t)
	w := h.webSocket(native)
	whole := `{"type":"ü😀"}`
	for cut := 1; cut < len(whole); cut++ {
		w.send(frame(textFrame&^fin, whole[:cut]), frame(fin|continuation, whole[cut:]))
		w.wantsAnswer()
	}
}

func TestAnErrorOfTheProtocolClosesWith1002(t *testing.T) {
	h := newHub(t)
	unmasked := []byte{textFrame, 2, '{', '}'}
	long := frame(pingFrame, strings.Repeat("x", 126))
	for rule, bytes := range map[string][]byte{
		"a frame without a mask":                  unmasked,
		"a control frame over 125 bytes":          long,
		"a close of 126 bytes":                    frame(closeFrame, closeWith(1000, strings.Repeat("x", 124))),
		"a ping in fragments":                     frame(pingFrame&^fin, "x"),
		"a close in fragments":                    frame(closeFrame&^fin, closeWith(1000, "")),
		"the first reserved bit":                  frame(textFrame|rsv1, unknown),
		"the second reserved bit":                 frame(textFrame|rsv1>>1, unknown),
		"the third reserved bit":                  frame(textFrame|rsv1>>2, unknown),
		"a reserved bit of a ping":                frame(pingFrame|rsv1, ""),
		"a continuation of nothing":               frame(fin|continuation, "x"),
		"a first fragment that is a continuation": frame(continuation, "x"),
		"a message inside another":                append(frame(textFrame&^fin, "{"), frame(textFrame, "}")...),
		"a close whose reason is not UTF-8":       frame(closeFrame, closeWith(1000, "\xed\xa0\x80")),
		"a close with half a code":                frame(closeFrame, "\x03"),
		"a length whose highest bit is set":       {textFrame, maskBit | 127, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0},
		"a reserved opcode for data":              frame(fin|3, ""),
		"the last reserved opcode for data":       frame(fin|7, "x"),
		"a reserved opcode for control":           frame(fin|11, ""),
		"the last reserved opcode for control":    frame(fin|15, "x"),
		"a reserved opcode inside a message":      append(frame(textFrame&^fin, "{"), frame(fin|4, "")...),
		"a code that may not be sent: 1005":       frame(closeFrame, closeWith(1005, "")),
		"a code that may not be sent: 1006":       frame(closeFrame, closeWith(1006, "")),
		"a code that may not be sent: 1015":       frame(closeFrame, closeWith(1015, "")),
		"a code that is reserved: 1004":           frame(closeFrame, closeWith(1004, "")),
		"a code that nobody has defined: 1016":    frame(closeFrame, closeWith(1016, "")),
		"a code that nobody has defined: 2999":    frame(closeFrame, closeWith(2999, "")),
		"a code below all: 999":                   frame(closeFrame, closeWith(999, "")),
		"a code of nothing: 0":                    frame(closeFrame, closeWith(0, "")),
		"a code beyond all: 5000":                 frame(closeFrame, closeWith(5000, "")),
		"a code far beyond all: 65535":            frame(closeFrame, closeWith(65535, "")),
	} {
		t.Run(rule, func(t *testing.T) {
			w := h.webSocket(native)
			w.t = t
			w.send(bytes)
			w.wantsClose(protocolError)
		})
	}
}

func TestTextThatIsNotUTF8ClosesWith1007(t *testing.T) {
	h := newHub(t)
	for rule, frames := range map[string][][]byte{
		"a byte that is never":         {frame(textFrame, "\"\xff\"")},
		"a character cut off":          {frame(textFrame, "\"\xc3")},
		"a longer form than is needed": {frame(textFrame, "\xc0\xaf")},
		"half of a surrogate pair":     {frame(textFrame, "\xed\xa0\x80")},
		"beyond the last character":    {frame(textFrame, "\xf4\x90\x80\x80")},
		"cut off between fragments":    {frame(textFrame&^fin, "\xce\xba\xe1"), frame(fin|continuation, "x")},
	} {
		t.Run(rule, func(t *testing.T) {
			w := h.webSocket(native)
			w.t = t
			w.send(frames...)
			w.wantsClose(notUTF8)
		})
	}
}

func TestBytesAreNotTakenByTheNativeDoorAndCloseWith1003(t *testing.T) {
	h := newHub(t)
	w := h.webSocket(native)
	w.send(frame(binaryFrame, "\x01\x02"))
	w.wantsClose(1003)
}

func TestACloseIsAnsweredWithItsCode(t *testing.T) {
	h := newHub(t)
	for _, code := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			w := h.webSocket(native)
			w.t = t
			w.send(frame(closeFrame, closeWith(code, strings.Repeat("x", 123))))
			w.wantsClose(int(code))
		})
	}
	w := h.webSocket(native)
	w.send(frame(closeFrame, ""))
	w.wantsClose(0, 1000)
}

func TestWhatComesAfterACloseIsNotRead(t *testing.T) {
	h := newHub(t)
	w := h.webSocket(native)
	w.send(frame(closeFrame, closeWith(1000, "")), frame(textFrame, `{"type":"publish","event":"late","data":1}`), frame(pingFrame, "late"))
	first, payload, err := w.read()
	if err != nil || first != closeFrame || payload != closeWith(1000, "") {
		t.Fatalf("got %#x %q (%v), want the close alone", first, payload, err)
	}
	if status, body := h.do("GET", "/api/v1/messages", ""); status != http.StatusOK || strings.Contains(body, "late") {
		t.Errorf("got %d %s, want no message", status, body)
	}
}

func TestTheHubEndsTheConnectionWhenBothHaveClosed(t *testing.T) {
	h := newHub(t)
	w := h.webSocket(native)
	w.send(frame(closeFrame, closeWith(1000, "")))
	w.wants(closeFrame, closeWith(1000, ""))
	if _, payload, err := w.read(); !errors.Is(err, io.EOF) {
		t.Errorf("got %q (%v), want the end of the connection", payload, err)
	}
}
