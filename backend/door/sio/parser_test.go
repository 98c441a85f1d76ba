package sio

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/zishang520/socket.io/parsers/socket/v3/parser"
	"github.com/zishang520/socket.io/v3/pkg/types"

	"emitscope/backend/door/link"
	"emitscope/backend/msg"
)

// decoded is a packet with what matters of it.
type decoded struct {
	Type        parser.PacketType
	Nsp         string
	ID          uint64 // 0: none
	Event       string
	Payload     string
	Spread      bool
	Attachments []string
	Auth        string
}

// decode gives messages to a new decoder and returns the packets that came out.
func decode(messages ...any) ([]decoded, error) {
	d := newDecoder(testParser())
	var got []decoded
	_ = d.On("decoded", func(args ...any) {
		got = append(got, describe(args[0].(*parser.Packet)))
	})
	for _, m := range messages {
		switch v := m.(type) {
		case string:
			m = types.NewStringBufferString(v)
		case []byte:
			m = types.NewBytesBuffer(bytes.Clone(v))
		}
		if err := d.Add(m); err != nil {
			return got, err
		}
	}
	return got, nil
}

func testParser() *rawParser {
	return &rawParser{
		limits:     limits{attachments: 32, attachmentBytes: 100, pendingBytes: 1 << 20},
		reached:    func(string) {},
		connecting: func(handle func()) *stay { handle(); return nil },
	}
}

func describe(p *parser.Packet) decoded {
	d := decoded{Type: p.Type, Nsp: p.Nsp}
	if p.Id != nil {
		d.ID = *p.Id
	}
	switch data := p.Data.(type) {
	case []any:
		if len(data) == 2 {
			d.Event = data[0].(string)
		}
		args := argumentsOf(p)
		d.Payload, d.Spread = string(args.payload), args.spread
		for _, a := range args.attachments {
			d.Attachments = append(d.Attachments, string(a))
		}
		args.done()
	case map[string]any:
		d.Auth = string(data[authKey].(json.RawMessage))
	}
	return d
}

func TestDecodePacketsOfTheProtocolText(t *testing.T) {
	for in, want := range map[string]decoded{
		`0`:                    {Type: parser.CONNECT, Nsp: "/"},
		`0{"token":"123"}`:     {Type: parser.CONNECT, Nsp: "/", Auth: `{"token":"123"}`},
		`0/admin,`:             {Type: parser.CONNECT, Nsp: "/admin"},
		`0/admin`:              {Type: parser.CONNECT, Nsp: "/admin"},
		`0/a,{"last":3}`:       {Type: parser.CONNECT, Nsp: "/a", Auth: `{"last":3}`},
		`1/admin,`:             {Type: parser.DISCONNECT, Nsp: "/admin"},
		`1`:                    {Type: parser.DISCONNECT, Nsp: "/"},
		`2["foo"]`:             {Type: parser.EVENT, Nsp: "/", Event: "foo", Payload: `[]`, Spread: true},
		`2["hello",1]`:         {Type: parser.EVENT, Nsp: "/", Event: "hello", Payload: `1`},
		`2/admin,["bar"]`:      {Type: parser.EVENT, Nsp: "/admin", Event: "bar", Payload: `[]`, Spread: true},
		`212["foo"]`:           {Type: parser.EVENT, Nsp: "/", ID: 12, Event: "foo", Payload: `[]`, Spread: true},
		`2/admin,13["bar",{}]`: {Type: parser.EVENT, Nsp: "/admin", ID: 13, Event: "bar", Payload: `{}`},
		`312[]`:                {Type: parser.ACK, Nsp: "/", ID: 12, Payload: `[]`, Spread: true},
		`3/admin,13["bar"]`:    {Type: parser.ACK, Nsp: "/admin", ID: 13, Payload: `["bar"]`, Spread: true},
		`2[7,"x"]`:             {Type: parser.EVENT, Nsp: "/", Event: "7", Payload: `"x"`},
		`50-["e",1]`:           {Type: parser.BINARY_EVENT, Nsp: "/", Event: "e", Payload: `1`},
	} {
		got, err := decode(in)
		if err != nil {
			t.Errorf("%s: got %v, want a packet", in, err)
		} else if diff := cmp.Diff([]decoded{want}, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", in, diff)
		}
	}
}

func TestDecodeKeepsArgumentsByteForByte(t *testing.T) {
	for in, want := range map[string]decoded{
		`2["e",12345678901234567890.10]`:     {Payload: `12345678901234567890.10`},
		`2["e","<b>&\u003c\/\ud83d\ude00"]`:  {Payload: `"<b>&\u003c\/\ud83d\ude00"`},
		`2["e",{"a":1,"a":[1, 2]}]`:          {Payload: `{"a":1,"a":[1, 2]}`},
		` `[:0] + `2 [ "e" , "[\"]" , {} ] `: {Payload: `[ "[\"]" , {} ]`, Spread: true},
		`2["e",1,2.50]`:                      {Payload: `[1,2.50]`, Spread: true},
		`2["e" ,"a]", "b\\" , null ]`:        {Payload: `["a]", "b\\" , null ]`, Spread: true},
		"2[\"e\",\"\xff\"]":                  {Payload: "\"\xff\""}, // intake refuses it, with an answer
		`2["e",{"a":}]`:                      {Payload: `{"a":}`},
		`2["e",` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `]`: {Payload: strings.Repeat("[", 70) + strings.Repeat("]", 70)},
	} {
		want.Type, want.Nsp, want.Event = parser.EVENT, "/", "e"
		got, err := decode(in)
		if err != nil {
			t.Errorf("%s: got %v, want a packet", in, err)
		} else if diff := cmp.Diff([]decoded{want}, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", in, diff)
		}
	}
}

func TestDecodePutsAttachmentsWithTheirPacket(t *testing.T) {
	got, err := decode(
		`52-/ws,7["e",{"_placeholder":true,"num":1},{"x":{"num":0,"_placeholder":true}}]`, []byte("one"), []byte(""),
		`2["next"]`)
	want := []decoded{{
		Type: parser.BINARY_EVENT, Nsp: "/ws", ID: 7, Event: "e", Spread: true, Attachments: []string{"one", ""},
		Payload: `[{"_placeholder":true,"num":1},{"x":{"num":0,"_placeholder":true}}]`,
	}, {Type: parser.EVENT, Nsp: "/", Event: "next", Payload: `[]`, Spread: true}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("got %v; -want +got\n%s", err, diff)
	}
}

func TestDecodeCopiesAttachmentsAtOnce(t *testing.T) {
	d := newDecoder(testParser())
	var args *arguments
	_ = d.On("decoded", func(a ...any) { args = argumentsOf(a[0].(*parser.Packet)) })
	buffer := []byte("abc")
	if err := errors.Join(d.Add(types.NewStringBufferString(`51-["e",1]`)), d.Add(types.NewBytesBuffer(buffer))); err != nil {
		t.Fatal(err)
	}
	clear(buffer)
	if got := string(args.attachments[0]); got != "abc" {
		t.Errorf("got %q after the transport used its buffer again, want %q", got, "abc")
	}
}

func TestDecodeSaysWhatIsWrongWithAPacket(t *testing.T) {
	long := strings.Repeat("x", maxNamespaceText)
	for _, c := range []struct {
		messages []any
		want     error
	}{
		{[]any{``}, errNoType},
		{[]any{`7`}, errNoType},
		{[]any{`x["e"]`}, errNoType},
		{[]any{`4{"message":"no"}`}, errPayload}, // only a server sends it
		{[]any{`1{}`}, errPayload},
		{[]any{`0[]`}, errPayload},
		{[]any{`0null`}, errPayload},
		{[]any{`0{"a":1}x`}, errPayload},
		{[]any{`0{"a":`}, errPayload},
		{[]any{`2`}, errNoArray},
		{[]any{`2{}`}, errNoArray},
		{[]any{`2[,1]`}, errNoArray},
		{[]any{`2["e",]`}, errNoArray},
		{[]any{`2["e" 1]`}, errNoArray},
		{[]any{`2["e",1]x`}, errTrailing},
		{[]any{`2["e"]["f"]`}, errTrailing},
		{[]any{`2[]x`}, errTrailing},
		{[]any{`2["e",[1}]`}, errBrackets},
		{[]any{`2["e",{"a":1]]`}, errBrackets},
		{[]any{`2["e",[1]`}, errBrackets},
		{[]any{`2["e","open]`}, errBrackets},
		{[]any{`2["e","open\`}, errBrackets},
		{[]any{`2["e"`}, errBrackets},
		{[]any{`2[]`}, errEventName},
		{[]any{`2[null]`}, errEventName},
		{[]any{`2[{}]`}, errEventName},
		{[]any{`2[1x]`}, errEventName},
		{[]any{`2["disconnect"]`}, errEventName},
		{[]any{`2["\x"]`}, errEventName},
		{[]any{"2[\"\xff\"]"}, errEventName},
		{[]any{`212345678901234567890["e"]`}, errID},
		{[]any{`3{}`}, errNoArray},
		{[]any{`0/` + long}, errNamespace},
		{[]any{"0/\xff"}, errNamespace},
		{[]any{`5["e"]`}, errNoAttachment},
		{[]any{`5-["e"]`}, errNoAttachment},
		{[]any{`5x-["e"]`}, errNoAttachment},
		{[]any{`5-1-["e"]`}, errNoAttachment},
		{[]any{`599999999999999999999-["e"]`}, errNoAttachment},
		{[]any{`533-["e"]`}, errAttachments},
		{[]any{`51-["e"]`, `2["e"]`}, errWantsBinary},
		{[]any{[]byte("x")}, errNoBinary},
		{[]any{`51-["e"]`, []byte("x"), []byte("y")}, errNoBinary},
		{[]any{`51-["e"]`, make([]byte, 101)}, errTooLarge},
		{[]any{`52-["e"]`, make([]byte, 60), make([]byte, 60)}, errTooLarge},
		{[]any{`51-["e",{"_placeholder":true,"num":1}]`}, errPlaceholder},
		{[]any{`51-["e",[{"\u005fplaceholder":true,"num":-1}]]`}, errPlaceholder},
		{[]any{`51-["e",{"_placeholder":true}]`}, errPlaceholder},
	} {
		if _, err := decode(c.messages...); !errors.Is(err, c.want) {
			t.Errorf("%.60q: got %v, want %v", c.messages, err, c.want)
		}
	}
}

func TestEncodeWritesPacketsOfTheProtocolText(t *testing.T) {
	id := uint64(12)
	for want, p := range map[string]*parser.Packet{
		`0{"sid":"x"}`: {Type: parser.CONNECT, Nsp: "/", Data: &struct {
			Sid string `json:"sid"`
		}{"x"}},
		`4/ws,{"message":"a<b"}`: {Type: parser.CONNECT_ERROR, Nsp: "/ws", Data: map[string]any{"message": "a<b"}},
		`1/ws,`:                  {Type: parser.DISCONNECT, Nsp: "/ws"},
		`312[{"ok":true}]`:       {Type: parser.ACK, Nsp: "/", Id: &id, Data: []any{map[string]bool{"ok": true}}},
		`312[]`:                  {Type: parser.ACK, Nsp: "/", Id: &id, Data: []any{}},
	} {
		if got := (encoder{}).Encode(p)[0].String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// sent is what a client of revision 4 gets of m, without Engine.IO's type.
func sent(m *msg.Message) (messages []any) {
	for opcode, data := range link.Frames(messageFrame(m, 0, 4)) {
		if opcode == link.OpText {
			messages = append(messages, string(data[1:]))
		} else {
			messages = append(messages, data)
		}
	}
	return messages
}

func TestAMessageIsAPacketOfTheProtocolText(t *testing.T) {
	for want, m := range map[string]*msg.Message{
		`2["e"]`:                            {Namespace: "/", Event: "e", Payload: []byte(`[]`), Spread: true},
		`2["e",[]]`:                         {Namespace: "/", Event: "e", Payload: []byte(`[]`)},
		`2["e",1e400]`:                      {Namespace: "/", Event: "e", Payload: []byte(`1e400`)},
		`2["e",1,2]`:                        {Namespace: "/", Event: "e", Payload: []byte(`[1,2]`), Spread: true},
		`2/a,["q\"<",[1,2]]`:                {Namespace: "/a", Event: `q"<`, Payload: []byte(`[1,2]`)},
		`51-/a,["e",{"_placeholder":true}]`: {Namespace: "/a", Event: "e", Payload: []byte(`{"_placeholder":true}`), Attachments: [][]byte{{1}}},
	} {
		if got := sent(m)[0]; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestReadingWaitsUntilEventsAreDealtWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := testParser()
		p.limits.pendingBytes = 3 * eventOverhead
		d := newDecoder(p)
		out := make(chan *arguments, 10)
		_ = d.On("decoded", func(a ...any) { out <- argumentsOf(a[0].(*parser.Packet)) })
		go func() {
			for range 4 {
				_ = d.Add(types.NewStringBufferString(`2["e",1]`))
			}
		}()
		came := func(want int) {
			t.Helper()
			synctest.Wait()
			if got := len(out); got != want {
				t.Fatalf("got %d events, want %d", got, want)
			}
		}
		came(2) // a third would be too much
		(<-out).done()
		came(2)
		d.Destroy() // lets the reader go, though nobody deals with the rest
		came(3)
	})
}

// FuzzDecode gives the decoder a text and what might be an attachment.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`0{"key":"k","last":5}`, `2/ws,12["e",{"a":[1,"x\"]"]},null]`, `51-["e",{"_placeholder":true,"num":0}]`,
		`3/a,1[]`, `1/a,`, `2["e",[1}]`, `2["e"]x`, `599-["e"]`, "2[\"\xff\"]", `2[ 7 , 1 ] `,
	} {
		f.Add(s, []byte("bin"))
	}
	f.Fuzz(func(t *testing.T, text string, attachment []byte) {
		got, _ := decode(text, attachment)
		if len(got) > 1 {
			t.Fatalf("%q: got %d packets, want at most one", text, len(got))
		}
		for _, p := range got {
			checkAgainstJSON(t, text, p)
		}
	})
}

// checkAgainstJSON compares the arguments with what encoding/json makes of the
// same text, and sends the packet around once more.
func checkAgainstJSON(t *testing.T, text string, p decoded) {
	t.Helper()
	at := strings.IndexByte(text, '[')
	var list []json.RawMessage
	if p.Type != parser.EVENT && p.Type != parser.BINARY_EVENT || strings.HasPrefix(p.Nsp, "/") && strings.Contains(p.Nsp, "[") ||
		json.Unmarshal([]byte(text[at:]), &list) != nil {
		return // intake refuses the payload, or there is none
	}
	var want any = list[1:]
	if !p.Spread {
		want = list[1]
	}
	var wantTree, gotTree any
	b, _ := json.Marshal(want)
	_ = json.Unmarshal(b, &wantTree)
	if err := json.Unmarshal([]byte(p.Payload), &gotTree); err != nil {
		t.Fatalf("%q: got the payload %q: %v", text, p.Payload, err)
	}
	if diff := cmp.Diff(wantTree, gotTree); diff != "" {
		t.Fatalf("%q: -want +got\n%s", text, diff)
	}
	m := &msg.Message{Namespace: p.Nsp, Event: p.Event, Payload: []byte(p.Payload), Spread: p.Spread}
	for _, a := range p.Attachments {
		m.Attachments = append(m.Attachments, []byte(a))
	}
	again, err := decode(sent(m)...)
	if err != nil || len(again) != 1 {
		t.Fatalf("%q: sent again: got %v, %v", text, again, err)
	}
	if diff := cmp.Diff(p, again[0], cmpopts.IgnoreFields(decoded{}, "Type", "ID", "Payload")); diff != "" {
		t.Fatalf("%q: sent again: -want +got\n%s", text, diff)
	}
}
