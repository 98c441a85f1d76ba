//go:build linux

package window

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded makes a recording with one message on a hub that has none, and puts its file
// somewhere else.
func recorded(t *testing.T, h home, name string) (file string) {
	t.Helper()
	other := newHome(t)
	hub := start(t, other, other.env(), shipped, append([]string{"serve"}, other.args()...)...)
	url := hub.address(t)
	record(t, url, name)
	publish(t, url, `"kept"`)
	await(t, "the message in the recording", func() bool { return recordingOf(t, url, name).Messages == 1 })
	interrupt(t, hub)
	hub.endsWell(t, url)
	text, err := os.ReadFile(filepath.Join(other.data(), "recordings", name+".emitscope"))
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(h.dir, name+".emitscope")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// record begins a recording.
func record(t *testing.T, url, name string) {
	t.Helper()
	answer, err := http.Post(url+"/api/v1/recordings", "application/json", strings.NewReader(`{"name":"`+name+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("record: %s", answer.Status)
	}
}

type recording struct {
	Name     string
	State    string
	Messages int
}

// recordings lists those of a hub.
func recordings(t *testing.T, url string) []recording {
	t.Helper()
	answer, err := http.Get(url + "/api/v1/recordings")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var list struct{ Recordings []recording }
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list.Recordings
}

func recordingOf(t *testing.T, url, name string) recording {
	t.Helper()
	for _, r := range recordings(t, url) {
		if r.Name == name {
			return r
		}
	}
	return recording{}
}

func TestAFileThatTheProgramIsStartedWithIsShown(t *testing.T) {
	h := newHome(t)
	file := recorded(t, h, "from elsewhere")
	p := drive(t, h, h.env(), append(h.args(), file)...)
	await(t, "the screen Tape", func() bool { return strings.HasPrefix(eval[string](p, "return location.hash"), "#tape") })
	p.awaitText("from elsewhere")
	if all := recordings(t, p.hub()); len(all) != 1 || all[0].Messages != 1 {
		t.Errorf("the hub has %+v, want the recording with its message", all)
	}

	// A second start brings another file, and one that was opened before.
	for _, name := range []string{"another", "from elsewhere"} {
		if name == "another" {
			text, _ := os.ReadFile(file)
			if err := os.WriteFile(filepath.Join(h.dir, "another.emitscope"), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		second := start(t, h, h.env(), driven, append(h.args(), filepath.Join(h.dir, name+".emitscope"))...)
		await(t, "the end of the second", second.hasEnded)
		await(t, name+" to be shown", func() bool {
			return eval[string](p, "return document.querySelector('main [aria-current=true]')?.innerText ?? ''") != "" && p.shows(name)
		})
	}
	if all := recordings(t, p.hub()); len(all) != 2 {
		t.Errorf("the hub has %+v, want each file once", all)
	}
}

func TestAFileThatIsNoRecordingIsRefusedInWords(t *testing.T) {
	h := newHome(t)
	file := filepath.Join(h.dir, "broken.emitscope")
	if err := os.WriteFile(file, []byte("this is no recording"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := drive(t, h, h.env(), append(h.args(), file)...)
	p.awaitText("The file was not opened")
	if all := recordings(t, p.hub()); len(all) != 0 {
		t.Errorf("the hub has %+v, want nothing", all)
	}
	p.click("Close")
	second := start(t, h, h.env(), driven, append(h.args(), filepath.Join(h.dir, "nowhere.emitscope"))...)
	await(t, "the end of the second", second.hasEnded)
	p.awaitText("here is no file")
}

func TestAWordThatIsNoCommandIsNotTakenForAFile(t *testing.T) {
	h := newHome(t)
	p := start(t, h, h.env(), shipped, append(h.args(), "emti")...)
	await(t, "the end", p.hasEnded)
	if !strings.Contains(p.text(), "emti is neither a command nor a recording") {
		t.Errorf("it said\n%s", p.text())
	}
}
