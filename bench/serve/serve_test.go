package serve

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestAPayloadIsAsLongAsAskedAndSaysWhenItWasDue(t *testing.T) {
	due := time.Now()
	for _, size := range []int{80, 200, 1000} {
		p := payload(due, size)
		var got struct {
			Due int64  `json:"due"`
			Pad string `json:"pad"`
		}
		if err := json.Unmarshal(p, &got); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		if len(p) != size || got.Due != due.UnixNano() || got.Pad != pad(size) {
			t.Errorf("got %d bytes, due %d, want %d, due %d", len(p), got.Due, size, due.UnixNano())
		}
	}
}

func TestAScheduleIsReadAsItWasWritten(t *testing.T) {
	want := Schedule{Start: time.Unix(1_700_000_000, 123), Rate: 4321.5, Size: 200, Seconds: 2.5}
	got, err := readSchedule(httptest.NewRequest(http.MethodPost, "/control?"+want.Query(), nil))
	if err != nil || !got.Start.Equal(want.Start) || got.Rate != want.Rate || got.Size != want.Size || got.Seconds != want.Seconds {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, query := range []string{"", "start=1&rate=0&size=1&seconds=1", "start=1&rate=1&size=1&seconds=-1", "start=x&rate=1&size=1&seconds=1"} {
		if _, err := readSchedule(httptest.NewRequest(http.MethodPost, "/control?"+query, nil)); err == nil {
			t.Errorf("%q: got no error, want one", query)
		}
	}
}

func TestMessagesAreDueAsManyASecondAsTheRate(t *testing.T) {
	p := Schedule{Start: time.Unix(100, 0), Rate: 400, Seconds: 0.5}
	if got, want := p.Messages(), 200; got != want {
		t.Errorf("got %d messages, want %d", got, want)
	}
	if got, want := p.Due(100), time.Unix(100, 250_000_000); !got.Equal(want) {
		t.Errorf("message 100 is due %v, want %v", got, want)
	}
}

func TestAFrameTellsTheLengthOfItsText(t *testing.T) {
	for size, header := range map[int]int{0: 2, 125: 2, 126: 4, 65535: 4, 65536: 10} {
		if got, want := len(textFrame(make([]byte, size))), size+header; got != want {
			t.Errorf("a frame of %d bytes of text is %d long, want %d", size, got, want)
		}
	}
}
