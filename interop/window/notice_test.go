//go:build linux

package window

import (
	"net/http"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// daemon stands in for what shows notices on a desktop; it hands on what it is to show.
type daemon struct{ shown chan shownNotice }

type shownNotice struct{ summary, body string }

// GetCapabilities says that a notice may have a text.
func (daemon) GetCapabilities() ([]string, *dbus.Error) { return []string{"body", "actions"}, nil }

// GetServerInformation says who it is.
func (daemon) GetServerInformation() (name, vendor, version, spec string, failed *dbus.Error) {
	return "notices", "test", "1", "1.2", nil
}

// Notify shows a notice.
func (d daemon) Notify(_ string, id uint32, _, summary, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	d.shown <- shownNotice{summary, body}
	return max(1, id), nil
}

// CloseNotification takes one away.
func (daemon) CloseNotification(uint32) *dbus.Error { return nil }

// newDaemon is there for all programs of this session bus, until the test ends.
func newDaemon(t *testing.T) daemon {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	d := daemon{make(chan shownNotice, 16)}
	if err := bus.Export(d, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"); err != nil {
		t.Fatal(err)
	}
	if owner, err := bus.RequestName("org.freedesktop.Notifications", dbus.NameFlagDoNotQueue); err != nil || owner != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("somebody shows notices already: %v %v", owner, err)
	}
	return d
}

func TestAnAlertBecomesANoticeOfTheDesktop(t *testing.T) {
	d := newDaemon(t)
	h := newHome(t)
	p := drive(t, h, h.env(), h.args()...)
	p.awaitText("Nothing has been sent yet.")
	eval[any](p, `document.querySelector('[aria-label="Alerts"]').click()`)
	await(t, "the switch of the notices", func() bool {
		return eval[bool](p, `const s = document.querySelector('[aria-labelledby="alerts-notices"]'); if (s && s.getAttribute('aria-checked') === 'false') s.click(); return s?.getAttribute('aria-checked') === 'true'`)
	})
	put, err := http.NewRequest(http.MethodPut, p.hub()+"/api/v1/alerts/Greetings%20stopped",
		strings.NewReader(`{"when":"silence","namespace":"/room","event":"greeting","limit":1,"hold":"0s"}`))
	if err != nil {
		t.Fatal(err)
	}
	put.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(put)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("the alert: %s", answer.Status)
	}
	publish(t, p.hub(), `"and then nothing"`)
	var got shownNotice
	await(t, "a notice", func() bool {
		select {
		case got = <-d.shown:
			return true
		default:
			return false
		}
	})
	if got.summary != "Greetings stopped" || !strings.Contains(got.body, "/room") {
		t.Errorf("got %+v, want the alert's name, and what it is about", got)
	}
}
