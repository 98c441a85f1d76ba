//go:build linux

package window

import (
	"testing"

	"github.com/godbus/dbus/v5"
)

// panel stands in for what shows icons beside the clock; it hands on who comes.
type panel struct{ came chan dbus.Sender }

// RegisterStatusNotifierItem takes an icon.
func (p panel) RegisterStatusNotifierItem(_ string, who dbus.Sender) *dbus.Error {
	p.came <- who
	return nil
}

// trayEntry is one entry of an icon's menu, as com.canonical.dbusmenu tells it.
type trayEntry struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// choose chooses an entry of an icon's menu, by its words.
func choose(t *testing.T, bus *dbus.Conn, who dbus.Sender, words string) {
	t.Helper()
	item := bus.Object(string(who), "/StatusNotifierItem/menu")
	var revision uint32
	var root trayEntry
	if err := item.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		t.Fatal(err)
	}
	for _, child := range root.Children {
		var entry trayEntry
		if err := dbus.Store([]any{child.Value()}, &entry); err != nil {
			t.Fatal(err)
		}
		if label, _ := entry.Properties["label"].Value().(string); label == words {
			if err := item.Call("com.canonical.dbusmenu.Event", 0, entry.ID, "clicked", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("there is no entry %q in %+v", words, root)
}

func TestTheTrayShowsRecordsAndQuits(t *testing.T) {
	h := newHome(t)
	p := start(t, h, h.env(), shipped, append([]string{"window", "--hidden"}, h.args()...)...)
	url := p.address(t) // the panel comes later than the program, as at login
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	there := panel{make(chan dbus.Sender, 4)}
	if err := bus.Export(there, "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher"); err != nil {
		t.Fatal(err)
	}
	if owner, err := bus.RequestName("org.kde.StatusNotifierWatcher", dbus.NameFlagDoNotQueue); err != nil || owner != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("somebody shows icons already: %v %v", owner, err)
	}
	var who dbus.Sender
	await(t, "the icon", func() bool {
		select {
		case who = <-there.came:
			return true
		default:
			return false
		}
	})
	choose(t, bus, who, "Record or stop (R)")
	await(t, "a recording", func() bool { return len(recordings(t, url)) == 1 })
	choose(t, bus, who, "Record or stop (R)")
	await(t, "its end", func() bool { all := recordings(t, url); return len(all) == 1 && all[0].State == "ended" })
	if seen() {
		t.Error("the window is to be seen before somebody asks for it")
	}
	choose(t, bus, who, "Show window")
	await(t, "the window", seen)
	choose(t, bus, who, "Quit")
	p.endsWell(t, url)
}
