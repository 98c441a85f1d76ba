package experiment

import (
	"testing"
	"time"
)

func TestAMessageSaysWhenItWasEmitted(t *testing.T) {
	want := time.Date(2026, 1, 2, 15, 4, 5, 123456789, time.UTC)
	for _, message := range []string{
		`{"type":"event","seq":7,"namespace":"/experiment","event":"tick","data":{"n":1,"pad":"x"},"emitted_time":"2026-01-02T15:04:05.123456789Z"}`,
		`42/experiment,["tick",{"n":1,"pad":"x","emitted_time":"2026-01-02T15:04:05.123456789Z"}]`,
	} {
		if got, ok := emittedIn([]byte(message)); !ok || !got.Equal(want) {
			t.Errorf("%s: got %v %v, want %v", message, got, ok, want)
		}
	}
}

func TestAMessageThatDoesNotSayItIsPassedOver(t *testing.T) {
	for _, message := range []string{``, `2`, `40/experiment,{"sid":"a"}`, `{"emitted_time":"noon"}`, `{"emitted_time":`} {
		if got, ok := emittedIn([]byte(message)); ok {
			t.Errorf("%q: got %v, want none", message, got)
		}
	}
}

// FuzzStamp looks for messages of a server that break the reading.
func FuzzStamp(f *testing.F) {
	f.Add([]byte(`42/experiment,["tick",{"emitted_time":"2026-01-02T15:04:05.123456789Z"}]`))
	f.Add([]byte(`{"type":"event","emitted_time":"2026-01-02T15:04:05Z"}`))
	f.Fuzz(func(t *testing.T, message []byte) {
		if at, ok := emittedIn(message); ok == at.IsZero() {
			t.Errorf("%q: got %v and %v, which contradict each other", message, at, ok)
		}
	})
}
