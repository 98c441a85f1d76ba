package files_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"emitscope/backend/door/files"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// epoch is when the made-up recording begins.
var epoch = time.Date(2026, 1, 2, 15, 4, 5, 123456789, time.UTC)

// market is three emits of a stream, one of them late, and one of each outcome.
func market() []*msg.Record {
	made := func(n int, payload string) *msg.Record {
		at := epoch.Add(time.Duration(n) * 10 * time.Millisecond)
		return &msg.Record{
			Message: &msg.Message{
				ID: ulid.ULID{0: 1, 15: byte(n)}, Seq: uint64(n), Namespace: "/ws/rt_market", Event: "tick", Payload: []byte(payload),
				Origin: msg.Origin{Door: msg.DoorREST, Address: "127.0.0.1", Local: true}, Source: at.Add(-time.Second), Accepted: at.Add(-time.Millisecond),
			},
			Outcome: msg.Emitted, Due: at, At: at.Add(18200 * time.Nanosecond), Sockets: 3, Period: 10 * time.Millisecond,
		}
	}
	all := []*msg.Record{
		made(1, `{"symbol":"AAPL","price":9007199254740993.10,"up":true,"tags":["a","b"]}`),
		made(2, `{"symbol":"say \"hi\", <&> \u003c ünï","price":231.42,"up":null}`),
		made(3, `{"symbol":"MSFT","price":-1e3,"nested":{"deep":[1,{"x":"y"}]}}`),
		made(4, `42`),
		made(5, `[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},"three"]`),
		made(6, `"</script><!-- \u2028 -->"`),
		made(7, `null`),
	}
	all[2].At, all[2].Missed = all[2].Due.Add(4*time.Millisecond), 2
	lost := all[3]
	lost.Outcome, lost.Reason, lost.Sockets, lost.Due = msg.Dropped, msg.Oldest, 0, time.Time{}
	binary := all[4]
	binary.Spread, binary.Attachments, binary.Rooms = true, [][]byte{{0, 255}, {}}, []string{"AAPL", `say "hi", b`}
	binary.Outcome, binary.Namespace, binary.Event, binary.Due, binary.Period = msg.Received, "/ws", "said <&>", time.Time{}, 0
	binary.Origin = msg.Origin{Door: msg.DoorSocketIO, Client: "c1", Address: "192.168.1.7", Key: "sensor"}
	binary.Source = time.Time{}
	all[5].To, all[5].Event = "socket 1", "</script>"
	purpose := all[6]
	purpose.Outcome, purpose.Faults, purpose.Held, purpose.Due = msg.DroppedOnPurpose, msg.Faults(0).With(msg.FaultDrop).With(msg.FaultDelay), 200*time.Millisecond, time.Time{}
	return all
}

func about() files.About {
	return files.About{Name: `Open of the market </script> "1"`, Query: "ns:/ws/rt_market", From: epoch, Version: "1.2.3"}
}

// write returns records as a file.
func write(t testing.TB, format string, records []*msg.Record, columns string) []byte {
	t.Helper()
	cols, err := files.ColumnsOf(columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range records {
		files.See(cols, rec.Payload)
	}
	var out bytes.Buffer
	w, err := files.NewWriter(format, &out, about(), cols)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range records {
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read returns what is in a file.
func read(t testing.TB, from files.From, text string) []*msg.Record {
	t.Helper()
	all, err := tryRead(from, text)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func tryRead(from files.From, text string) (all []*msg.Record, err error) {
	err = files.Read(bufio.NewReader(strings.NewReader(text)), from, func(rec *msg.Record) error { all = append(all, rec); return nil })
	return all, err
}

// sameTimes lets times be equal that are the same moment.
var sameTimes = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })

func TestLinesAndTablesAreWrittenAsEver(t *testing.T) {
	testkit.Golden(t, "recording.ndjson", write(t, files.NDJSON, market(), ""))
	testkit.Golden(t, "recording.csv", write(t, files.CSV, market(), ""))
	testkit.Golden(t, "columns.csv", write(t, files.CSV, market(), "/symbol,/price,/up,/tags,/nested/deep"))
}

func TestWhatWasExportedAndIsImportedAgainIsEqual(t *testing.T) {
	for _, format := range []string{files.NDJSON, files.CSV} {
		got := read(t, files.From{Format: format}, string(write(t, format, market(), "")))
		if diff := cmp.Diff(market(), got, sameTimes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}

func TestAnEmptyRecordingIsAFileInEveryFormat(t *testing.T) {
	for _, f := range files.Formats() {
		if f.Name == files.Own {
			continue
		}
		text := write(t, f.Name, nil, "")
		if len(text) == 0 && f.Name != files.NDJSON {
			t.Errorf("%s: nothing was written", f.Name)
		}
		if f.Name == files.CSV {
			if got := read(t, files.From{Format: f.Name}, string(text)); len(got) != 0 {
				t.Errorf("%s: got %d messages of none", f.Name, len(got))
			}
		}
	}
}

// broken takes so many bytes and no more.
type broken int

func (b *broken) Write(p []byte) (int, error) {
	if *b -= broken(len(p)); *b < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestAWriterSaysThatNobodyTakesItsFile(t *testing.T) {
	for _, f := range files.Formats() {
		if f.Name == files.Own {
			continue
		}
		room := broken(100)
		w, err := files.NewWriter(f.Name, &room, about(), nil)
		if err != nil {
			t.Fatal(err)
		}
		large := market()[0]
		large.Payload = fmt.Appendf(nil, `"%s"`, strings.Repeat("x", 1<<20))
		for range 20 {
			if err = w.Write(large); err != nil {
				break
			}
		}
		if err == nil {
			err = w.End()
		}
		if err == nil {
			t.Errorf("%s: nobody was told", f.Name)
		}
	}
}

func TestColumnsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, text := range []string{"a", "/a,,/b", "/a,/a", strings.Repeat("/a,", files.MaxColumns) + "/b"} {
		if _, err := files.ColumnsOf(text); err == nil {
			t.Errorf("%.40s: was taken", text)
		}
	}
}

func TestAColumnIsOfTheKindThatHoldsAllOfIt(t *testing.T) {
	for want, payloads := range map[files.Kind][]string{
		files.Nothing: {`{}`, `{"a":null}`, `1`},
		files.Boolean: {`{"a":true}`, `{}`, `{"a":false}`},
		files.Number:  {`{"a":1}`, `{"a":null}`, `{"a":-2.5}`},
		files.Text:    {`{"a":1}`, `{"a":true}`},
	} {
		columns := []files.Column{{Pointer: "/a"}}
		for _, p := range payloads {
			files.See(columns, []byte(p))
		}
		if columns[0].Kind != want {
			t.Errorf("%v: got kind %v, want %v", payloads, columns[0].Kind, want)
		}
	}
}
