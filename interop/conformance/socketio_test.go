package conformance

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// joined connects to a namespace, by the text of its packet, and returns the
// connection.
func (h *hub) joined(namespaces ...string) engine {
	h.t.Helper()
	e := h.engine()
	for _, ns := range namespaces {
		e.join(ns)
	}
	return e
}

// join connects to a namespace and returns the id that the hub gives; "/" is the main one.
func (e engine) join(namespace string) string {
	e.t.Helper()
	prefix := "40" + namespace + ","
	if namespace == "/" {
		prefix = "40"
	}
	e.say(prefix)
	got := e.next()
	text, ok := strings.CutPrefix(got, prefix)
	var answer map[string]string
	if !ok || json.Unmarshal([]byte(text), &answer) != nil || len(answer) != 1 || answer["sid"] == "" {
		e.t.Fatalf("got %q, want the packet %s with a sid and nothing else", got, prefix)
	}
	return answer["sid"]
}

func TestANamespaceIsConnectedToAndEachHasAnIDOfItsOwn(t *testing.T) {
	h := newHub(t)
	e := h.engine()
	ids := map[string]bool{e.SID: true}
	for _, ns := range []string{"/", "/custom", "/a/b"} {
		ids[e.join(ns)] = true
	}
	if len(ids) != 4 {
		t.Errorf("got the ids %v, want four, the session's among them", ids)
	}
}

func TestAConnectMayLeaveItsCommaOutAndHaveAPayload(t *testing.T) {
	h := newHub(t)
	for packet, begins := range map[string]string{
		`40`: `40{"sid":"`, `40{"token":"123"}`: `40{"sid":"`, `40/custom`: `40/custom,{"sid":"`, `40/custom,{"token":"abc"}`: `40/custom,{"sid":"`,
	} {
		e := h.engine()
		e.say(packet)
		if got := e.next(); !strings.HasPrefix(got, begins) {
			t.Errorf("%s: got %q, want %s…", packet, got, begins)
		}
	}
}

func TestAConnectThatIsRefusedIsToldWhy(t *testing.T) {
	h := newHub(t)
	name := "/" + strings.Repeat("x", 200)
	e := h.engine()
	e.say("40" + name + ",")
	got := e.next()
	text, ok := strings.CutPrefix(got, "44"+name+",")
	var answer struct{ Message string }
	if !ok || json.Unmarshal([]byte(text), &answer) != nil || answer.Message == "" {
		t.Errorf("got %q, want a CONNECT_ERROR with a message", got)
	}
	e.join("/a") // the connection goes on
}

func TestWhoBeginsWithoutAConnectIsClosed(t *testing.T) {
	h := newHub(t)
	for _, packet := range []string{`42["e"]`, `42/a,["e"]`, `431[]`, `41`, `451-["e",{"_placeholder":true,"num":0}]`} {
		t.Run(packet, func(t *testing.T) {
			e := h.engine()
			e.t = t
			e.say(packet)
			if strings.HasPrefix(packet, "45") {
				e.say("bytes x")
			}
			if _, err := e.closed(); err != nil {
				t.Errorf("got %v, want a close", err)
			}
		})
	}
}

func TestAPacketThatTheTextDoesNotAllowClosesTheConnection(t *testing.T) {
	h := newHub(t)
	for rule, packets := range map[string][]string{
		"an unknown type":                        {`47`},
		"no type":                                {`4`},
		"a word":                                 {`4abc`},
		"an event without a payload":             {`42/a,`},
		"an event whose payload is no array":     {`42/a,{"e":1}`},
		"an event whose payload is empty":        {`42/a,[]`},
		"an event whose name is no string":       {`42/a,[{}]`},
		"an event with a reserved name":          {`42/a,["connect"]`},
		"an event that is no JSON":               {`42/a,["e",]`},
		"something behind the payload":           {`42/a,["e"]x`},
		"an ack without a payload":               {`43/a,1`},
		"an ack whose payload is no array":       {`43/a,1{}`},
		"a refusal, which only a server sends":   {`44/a,{"message":"no"}`},
		"a disconnect with a payload":            {`41/a,{"x":1}`},
		"a connect whose payload is no object":   {`40/b,[]`},
		"attachments without a number":           {`45-/a,["e"]`},
		"text where an attachment is to come":    {`451-/a,["e",{"_placeholder":true,"num":0}]`, `42/a,["e"]`},
		"an attachment that was not announced":   {"bytes x"},
		"more attachments than were announced":   {`451-/a,["e",{"_placeholder":true,"num":0}]`, "bytes x", "bytes y"},
		"a placeholder of no attachment":         {`451-/a,["e",{"_placeholder":true,"num":1}]`, "bytes x"},
		"a placeholder below all attachments":    {`451-/a,["e",{"_placeholder":true,"num":-1}]`, "bytes x"},
		"a placeholder that says no number":      {`451-/a,["e",{"_placeholder":true}]`, "bytes x"},
		"more attachments than anybody may send": {`4599999-/a,["e"]`},
	} {
		t.Run(rule, func(t *testing.T) {
			e := h.joined("/a")
			e.t = t
			e.say(packets...)
			e.wantsClose(protocolError)
		})
	}
}

func TestADisconnectLeavesTheOtherNamespacesOfTheConnection(t *testing.T) {
	h := newHub(t)
	e := h.joined("/", "/custom")
	e.say("41/custom,", `421["said"]`)
	e.wantsAck("431")
	h.publish("/custom", 1, 1)
	h.publish("/", 2, 2)
	e.hears(`42["n",2]`)
	e.join("/custom") // and back
}

func TestADisconnectMayLeaveItsCommaOut(t *testing.T) {
	h := newHub(t)
	e := h.joined("/", "/custom")
	e.say("41/custom", `421["said"]`)
	e.wantsAck("431")
	h.publish("/custom", 1, 1)
	h.publish("/", 2, 2)
	e.hears(`42["n",2]`)
}

func TestAMessageOfANamespaceReachesThoseInIt(t *testing.T) {
	h := newHub(t)
	both, one := h.joined("/", "/a"), h.joined("/a")
	h.publish("/", 1, 1)
	h.publish("/a", 2, 2)
	both.hears(`42["n",1]`, `42/a,["n",2]`)
	one.hears(`42/a,["n",2]`)
}

func TestArgumentsPassAsTheyAre(t *testing.T) {
	h := newHub(t)
	h.relay("/")
	h.relay("/a")
	e, other := h.joined("/", "/a"), h.joined("/", "/a")
	for _, packet := range []string{
		`42["message",1,"2",{"3":[true]}]`, `42/a,["e"]`, `42/a,["e",null,-1.5e-7,12345678901234567890]`, `42/a,["é \"\\ 😀","a,b","[{"]`, `42/a,["e","{\"_placeholder\":true,\"num\":0}"]`,
	} {
		e.say(packet)
		other.hears(packet)
	}
}

func TestAttachmentsFollowTheirPacketInTheirOrder(t *testing.T) {
	h := newHub(t)
	h.relay("/")
	h.relay("/a")
	e, other := h.joined("/", "/a"), h.joined("/", "/a")
	for _, packets := range [][]string{
		{`452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "bytes \x01\x02\x03", "bytes \x04\x05\x06"},
		{`451-/a,["e",{"inside":[{"_placeholder":true,"num":0}]}]`, "bytes "},
	} {
		e.say(packets...)
		other.hears(packets...)
	}
}

// wantsAck fails unless the next packet acknowledges one of this id, with one argument.
func (e engine) wantsAck(prefix string) {
	e.t.Helper()
	got := e.next()
	text, ok := strings.CutPrefix(got, prefix)
	var args []json.RawMessage
	if !ok || json.Unmarshal([]byte(text), &args) != nil {
		e.t.Errorf("got %q, want an ack %s with an array", got, prefix)
	}
}

func TestAnEventWithAnIDIsAcknowledgedWithIt(t *testing.T) {
	h := newHub(t)
	e := h.joined("/", "/a")
	for _, id := range []string{"0", "1", "456", strconv.Itoa(1 << 52)} {
		e.say(`42` + id + `["said",1]`)
		e.wantsAck("43" + id)
		e.say(`42/a,` + id + `["said",1]`)
		e.wantsAck("43/a," + id)
	}
	e.say(`451-/a,7["said",{"_placeholder":true,"num":0}]`, "bytes x")
	e.wantsAck("43/a,7")
}

func TestAnAckThatNobodyWaitsForIsIgnored(t *testing.T) {
	h := newHub(t)
	e := h.joined("/a")
	e.say(`43/a,99["x"]`, `461-/a,98[{"_placeholder":true,"num":0}]`, "bytes x", `42/a,1["said"]`)
	e.wantsAck("43/a,1")
}
