package rest

import (
	"crypto/sha256"
	"net/http"
	"strings"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// The errors in the document are made by the code that answers with them, so
// their words are those that a program gets. What another package says is
// repeated here; its code is what counts.

// usual is what stands for a status where an operation has nothing of its own.
func usual(status int) []error {
	switch status {
	case http.StatusBadRequest:
		return []error{(&operation{}).checkQuery("limt=10")}
	case http.StatusUnauthorized:
		return []error{lacking(0, msg.MayView)}
	case http.StatusForbidden:
		return []error{lacking(msg.MayView, msg.MayPublish)}
	case http.StatusRequestTimeout:
		return []error{silent(defaultBodyTimeout)}
	case http.StatusConflict:
		k := newKeyring()
		_, _ = k.begin("key", sha256.Sum256([]byte("a"))) // the first is taken
		_, reused := k.begin("key", sha256.Sum256([]byte("b")))
		_, busy := k.begin("key", sha256.Sum256([]byte("a")))
		return []error{reused, busy}
	case http.StatusRequestEntityTooLarge:
		return []error{tooLarge(defaultMaxBody)}
	case http.StatusUnsupportedMediaType:
		_, err := formatOf(&http.Request{Header: http.Header{"Content-Type": {"text/plain"}}})
		return []error{err}
	case http.StatusServiceUnavailable:
		return []error{errStopping()}
	}
	return nil
}

// badMessages are what is wrong with messages, one of each code.
func badMessages() []error {
	var errs []error
	for _, text := range []string{`{"event":"tick",}`, `{"evnt":"tick"}`, `{"event":1}`, `{"event":"tick","source_time":"noon"}`} {
		_, err := decode([]byte(text), &wire.Publish{})
		errs = append(errs, countedFrom("body", err))
	}
	_, deep := jsontext.Compact([]byte(strings.Repeat("[", jsontext.MaxDepth+1)))
	_, many := jsontext.Compact([]byte("{" + strings.Repeat(`"k":0,`, jsontext.MaxKeys) + `"k":0}`))
	_, badKey := idempotencyKey(&http.Request{Header: http.Header{"Idempotency-Key": {""}}})
	return append(errs,
		msg.CheckNamespace("ws"), msg.CheckEvent("connect"), msg.CheckRooms([]string{""}),
		deep, many, badKey, incomplete())
}

// badSettings are what is wrong with a lane's settings.
func badSettings() []error {
	soon := "soon"
	_, bad := wire.LanePatch{Interval: &soon}.Patch()
	unknown := wire.DecodeStrict([]byte(`{"intervall":"10ms"}`), &wire.LanePatch{})
	return []error{bad, unknown, msg.CheckNamespace("ws")}
}

func fullLane() error {
	return fault.Newf(fault.Full, "lane /ws/rt_market is full: 5000 messages and 310000 bytes wait of at most 5000 and 67108864").
		WithHint("wait and send it again, or change what the lane does when full")
}

func tooFast() error {
	return fault.Newf(fault.TooMany, "20000 messages a second are allowed for each other machine").WithCode("rate_limited").
		WithHint("send more slowly, or raise limits.max_messages_per_second")
}

func outOfMemory() error {
	return fault.Newf(fault.TooMany, "the hub has no memory left and takes no messages until it has").WithCode("out_of_memory").
		WithHint("send it again in a while, and more slowly, or raise limits.memory")
}

// errorExamples shows errors as they are answered, by their codes.
func errorExamples(errs []error) map[string]example {
	all := make(map[string]example, len(errs))
	for _, err := range errs {
		e := wire.ErrorOf(err)
		all[e.Code] = example{e}
	}
	return all
}
