package rest

import (
	"net/http"
	"strconv"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func namespaceOf(r *http.Request) (string, error) {
	namespace := r.PathValue("namespace")
	err := msg.CheckNamespace(namespace)
	if f := fault.From(err); f != nil && f.Hint == "" {
		return "", f.WithHint("in a path it is percent-encoded: %%2Fws%%2Frt_market")
	}
	return namespace, err
}

// intParam reads a whole number that is not negative.
func intParam(r *http.Request, name string, byDefault int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return byDefault, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, badParam(name, text).WithHint("it is a whole number from 0")
	}
	return int(n), nil
}

// countParam reads a number from least to most. byDefault, which may be any, holds
// where nothing is said.
func countParam(r *http.Request, name string, byDefault, least, most int) (int, error) {
	n, err := intParam(r, name, byDefault)
	if err == nil && n != byDefault && (n < least || n > most) {
		err = badParam(name, strconv.Itoa(n)).WithHint("it is %d to %d", least, most)
	}
	return n, err
}

// uintParam reads where a page ends; 0 when it is left out.
func uintParam(r *http.Request, name string) (uint64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, badParam(name, text).WithHint("it is a whole number, as the page before says it")
	}
	return n, nil
}

// timeParam reads a moment; zero when it is left out.
func timeParam(r *http.Request, name string) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, badParam(name, text).WithHint("it is a moment in RFC 3339, such as 2026-01-02T15:04:05.123Z")
	}
	return at, nil
}

func badParam(name, value string) *fault.Error {
	return fault.Newf(fault.Invalid, "%s %q is not valid", name, fault.Clip(value)).WithCode("invalid_parameter")
}
