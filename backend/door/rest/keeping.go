package rest

import (
	"io"
	"net/http"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

// keeping is what the hub keeps, in memory and on disk. Backup fails only where
// something cannot be read or written.
type keeping interface {
	About() msg.About
	Backup(by msg.Caller, to io.Writer) error
	Clear(by msg.Caller) (messages int)
	Erase(by msg.Caller) (msg.Erased, error)
}

// getAbout tells what the hub is and what it keeps.
func (d *Door) getAbout(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.AboutOf(d.o.Keeping.About()))
	return nil
}

// getBackup sends the data folder. Of a file that breaks off the client must not
// think that it is whole, so the connection breaks off, too.
func (d *Door) getBackup(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", zipType)
	h.Set("Content-Disposition", `attachment; filename="emitscope-`+time.Now().UTC().Format("20060102-150405")+`.zip"`)
	if err := d.o.Keeping.Backup(msg.CallerOf(r.Context()), w); err != nil {
		d.o.Log.Error("Backup broke off", "error", err)
		panic(http.ErrAbortHandler) // the one way net/http has for it
	}
	return nil
}

// deleteMessages forgets the recent messages.
func (d *Door) deleteMessages(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.Cleared{Messages: d.o.Keeping.Clear(msg.CallerOf(r.Context()))})
	return nil
}

// everything must be said by who deletes all data: an address that is called by
// mistake deletes nothing.
const everything = "everything"

// deleteData forgets all that was handed in and set.
func (d *Door) deleteData(w http.ResponseWriter, r *http.Request) error {
	if got := r.URL.Query().Get("confirm"); got != everything {
		return badParam("confirm", got).WithHint("confirm=%s says that it is meant; nothing was deleted", everything)
	}
	erased, err := d.o.Keeping.Erase(msg.CallerOf(r.Context()))
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.ErasedOf(erased))
	return nil
}

// What the document says of these routes.

const zipType = "application/zip"

func docGetAbout() *operation {
	return about("about", "hub", "What the hub is, and what it keeps", "Its version, its system, the files of its data folder, and what came by UDP.").
		givesJSON("The facts.", ref[wire.About](), wire.About{
			Version: "1.2.3", Started: "2026-01-02T15:04:05.000000000Z", System: "linux", Machine: "amd64",
			DataDir: "/home/ada/.local/share/emitscope", SettingsFile: "/home/ada/.config/emitscope/config.toml",
			Files: []wire.KeptFile{{Name: "keys.json", Bytes: 412, Kind: "keys"}, {Name: "sequence", Bytes: 7, Kind: "sequence"}},
			UDP:   &wire.AboutUDP{Addr: "127.0.0.1:47269", Namespace: "/udp", From: []string{}, Datagrams: 1204, Accepted: 3612, Invalid: 2},
		})
}

func docGetBackup() *operation {
	return about("backup", "hub", "A copy of what it keeps",
		"Every file of the data folder in one zip, but for the certificate's private key. Of keys it has hashes alone. To go back to it, stop the "+
			"hub, unpack it into the data folder, and start the hub again.").
		gives(http.StatusOK, "The files.", zipType, &schema{Type: "string"}, nil)
}

func docDeleteMessages() *operation {
	return about("clearMessages", "messages", "Forget the recent messages",
		"Those in memory, and what the flight recorder has. Recordings stay. What waits in the lanes is emitted all the same, counters and points stay, and what comes from now on is kept again.").
		givesJSON("How many were forgotten.", ref[wire.Cleared](), wire.Cleared{Messages: 20_000})
}

func docDeleteData() *operation {
	return about("deleteData", "hub", "Delete all data",
		"Forgets the recent messages, every key, the view link, and whatever was set while the hub ran: lanes have what settings file or defaults say. Who came "+
			"in with a key is disconnected. The hub goes on. Its message numbers go on, too, for none is given out twice, and its certificate stays.").
		required("query", "confirm", "That it is meant.", &schema{Type: "string", Enum: []string{everything}}, everything).
		givesJSON("What was forgotten.", ref[wire.Erased](), wire.Erased{Messages: 20_000, Recordings: 3, Keys: 2, Lanes: 1}).
		failsWith(http.StatusBadRequest, badParam("confirm", "").WithHint("confirm=%s says that it is meant; nothing was deleted", everything))
}
