package files_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/files"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// shown is a record as a line of a test.
func shown(rec *msg.Record) string {
	return rec.Namespace + " " + rec.Event + " " + rec.At.UTC().Format(time.RFC3339Nano) + " " + string(rec.Payload)
}

func wantShown(t *testing.T, from files.From, text string, want ...string) {
	t.Helper()
	var got []string
	for _, rec := range read(t, from, text) {
		got = append(got, shown(rec))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLinesOfOthersAreRead(t *testing.T) {
	now := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	wantShown(t, files.From{Format: files.NDJSON, Now: now}, "\ufeff"+`{"event":"tick","data":{"a":1}}
{"on":"tick","namespace":"/lab","data":[1, 2],"time":"2026-01-02T15:04:05.5Z"}

{"event":"tick","data":null,"timestamp":1767366245}
{"event":"tick","data":1,"id":7,"time":1767366245123}
{"event":"tick","data":"x"}`,
		`/ws tick 2026-05-06T07:08:09Z {"a":1}`,
		`/lab tick 2026-01-02T15:04:05.5Z [1, 2]`,
		`/ws tick 2026-01-02T15:04:05Z null`,
		`/ws tick 2026-01-02T15:04:05.123Z 1`,
		`/ws tick 2026-01-02T15:04:05.123Z "x"`,
	)
}

func TestAnyJSONIsTheDataOfAnEventThatIsNamed(t *testing.T) {
	wantShown(t, files.From{Format: files.NDJSON, Event: "reading", Namespace: "/lab", Now: epoch}, "{\"v\": 1, \"timestamp\": \"1767366245.25\"}\n17\n[1]\n",
		`/lab reading 2026-01-02T15:04:05.25Z {"v":1,"timestamp":"1767366245.25"}`,
		`/lab reading 2026-01-02T15:04:05.25Z 17`,
		`/lab reading 2026-01-02T15:04:05.25Z [1]`,
	)
}

func TestLinesThatAHubPrintedAreRead(t *testing.T) {
	got := read(t, files.From{Format: files.NDJSON}, `{"id":"01JGKZ0000000000000000000A","seq":7,"namespace":"/ws","event":"tick","data":1,"origin":{"door":"rest"},`+
		`"outcome":"emitted","size":1,"sockets":2,"accepted_time":"2026-01-02T15:04:05Z","due_time":"2026-01-02T15:04:05.01Z","emitted_time":"2026-01-02T15:04:05.02Z","lateness":"10ms"}`)
	if len(got) != 1 || got[0].Seq != 7 || got[0].Lateness() != 10*time.Millisecond || got[0].Sockets != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestAnyTableIsRead(t *testing.T) {
	wantShown(t, files.From{Format: files.CSV, Event: "row"}, "time,price,code,ok,note,/a/x,c,/a/y\r\n2026-01-02 15:04:05,1.50,007,true,\"say \"\"hi\"\"\n<\",1,2,3\r\n2026-01-02T16:04:05+01:00,,,,,,,4\n",
		`/ws row 2026-01-02T15:04:05Z {"price":1.50,"code":"007","ok":true,"note":"say \"hi\"\u000a<","a":{"x":1,"y":3},"c":2}`,
		`/ws row 2026-01-02T15:04:05Z {"a":{"y":4}}`,
	)
	wantShown(t, files.From{Format: files.CSV}, "namespace;event;timestamp;v\n/lab;t;1767366245000000000;1\n;u;;x\n",
		`/lab t 2026-01-02T15:04:05Z {"v":1}`,
		`/ws u 2026-01-02T15:04:05Z {"v":"x"}`,
	)
}

// What producers call things and send is in a table that people open in a spreadsheet.
func TestNoCellOfATableIsAFormulaAndAllAreReadAsTheyWere(t *testing.T) {
	const runs = "=+-@\t\r"
	for _, text := range []string{
		`=cmd|' /C calc'!A0`, "+1+cmd", "-2+3", "@SUM(A1)", "=", "'=1", "''=1", "'", "'a", "-", "--", "-1.5", "'-1.5", "007", "a=b", `=HYPERLINK("http://x","y")`, "＝1",
	} {
		rec := market()[0]
		rec.Event, rec.To, rec.Origin.Client, rec.Origin.Key = text, text, text, text
		rec.Rooms = []string{text}
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		rec.Payload = []byte(`{"v":` + string(quoted) + `}`)
		for _, columns := range []string{"", "/v"} {
			table := string(write(t, files.CSV, []*msg.Record{rec}, columns))
			rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, cell := range slices.Concat(rows...) {
				if cell != "" && strings.Contains(runs, cell[:1]) && text != "-1.5" {
					t.Errorf("%q: the cell %q is a formula", text, cell)
				}
			}
			got := read(t, files.From{Format: files.CSV}, table)[0]
			if got.Event != text || got.To != text || got.Origin.Client != text || got.Origin.Key != text || got.Rooms[0] != text {
				t.Errorf("%q: read as event %q, to %q, client %q, key %q", text, got.Event, got.To, got.Origin.Client, got.Origin.Key)
			}
			var data struct{ V any }
			if err := json.Unmarshal(got.Payload, &data); err != nil || fmt.Sprint(data.V) != text {
				t.Errorf("%q: read as payload %s", text, got.Payload)
			}
		}
	}
}

func TestATableWithColumnsOfThePayloadIsReadAsThem(t *testing.T) {
	got := read(t, files.From{Format: files.CSV}, string(write(t, files.CSV, market()[:3], "/symbol,/price")))
	if len(got) != 3 || string(got[0].Payload) != `{"symbol":"AAPL","price":9007199254740993.10}` || !got[2].At.Equal(market()[2].At) {
		t.Errorf("got %d messages, the first one %s", len(got), got[0].Payload)
	}
}

func TestABadLineSaysWhichOneAndWhatToDo(t *testing.T) {
	ours := `{"namespace":"/ws","event":"t","data":1,"outcome":"emitted","accepted_time":"2026-01-02T15:04:05Z"`
	for _, c := range []struct{ format, text, want string }{
		{files.NDJSON, "{\"event\":\"a\",\"data\":1}\n{oops", "line 2: it is not JSON"},
		{files.NDJSON, "\n\n{\"data\":1}", `line 3: it has no "event"`},
		{files.NDJSON, `{"event":"a"}`, `line 1: it has no "data"`},
		{files.NDJSON, `17`, "line 1: it is a number and no object"},
		{files.NDJSON, `{"event":7,"data":1}`, "line 1: event cannot be a number"},
		{files.NDJSON, `{"event":"a","data":1,"time":"soon"}`, `line 1: time "soon" is not a time`},
		{files.NDJSON, `{"event":"a","data":1,"time":-5}`, `line 1: time "-5" is not a time`},
		{files.NDJSON, `{"event":"a","data":1,"time":1e300}`, `line 1: time "1e300" is not a time`},
		{files.NDJSON, ours + `,"time":"0001-01-01T00:00:00Z"}`, `line 1: time "0001-01-01T00:00:00Z" is not valid`},
		{files.NDJSON, ours + `,"period":"soon"}`, `line 1: period "soon" is not valid`},
		{files.NDJSON, ours + `,"faults":["fire"]}`, `line 1: faults "fire" is not valid`},
		{files.NDJSON, ours + `,"id":"x"}`, `line 1: id "x" is not valid`},
		{files.NDJSON, ours + `,"sockets":-1}`, `line 1: sockets "-1" is not valid`},
		{files.NDJSON, ours + `,"seq":"7"}`, `line 1: seq cannot be a string`},
		{files.CSV, "", "the table has no head"},
		{files.CSV, "a,b\n1,2", `line 1: the table has no column "event"`},
		{files.CSV, "event,a,a\nx,1,2", "line 1: column 3 has no name, or that of another one"},
		{files.CSV, "event,/a,/a/b\nx,1,2", "line 1: column 3 has no name, or that of another one"},
		{files.CSV, "event,a\nx,1\ny,1,2", "line 3: it has more or fewer columns"},
		{files.CSV, "event,a\nx,1\ny,\"1", "line 3: a quote is out of place"},
		{files.CSV, "event,time\nx,1767366245\n\ny,soon", `line 4: time "soon" is not a time`},
		{files.CSV, string(write(t, files.CSV, nil, "")) + strings.Repeat(",", 26), "line 2: it has no accepted_time"},
	} {
		_, err := tryRead(files.From{Format: c.format, Now: epoch}, c.text)
		var f *fault.Error
		if !errors.As(err, &f) || !strings.HasPrefix(f.Message, c.want) || f.Hint == "" {
			t.Errorf("%.60q: got %v, want %q and a hint", c.text, err, c.want)
		}
	}
}

func TestALineWithoutEndIsNotRead(t *testing.T) {
	for format, begin := range map[string]string{files.NDJSON: `{"event":"a","data":"`, files.CSV: "event,a\nx,\""} {
		err := files.Read(bufio.NewReader(endless{begin: &begin}), files.From{Format: format}, func(*msg.Record) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "it is longer than") {
			t.Errorf("%s: got %v", format, err)
		}
	}
}

// endless is a file that goes on for ever.
type endless struct{ begin *string }

func (e endless) Read(p []byte) (int, error) {
	if *e.begin != "" {
		n := copy(p, *e.begin)
		*e.begin = (*e.begin)[n:]
		return n, nil
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestTheContentTellsTheFormat(t *testing.T) {
	for text, want := range map[string]string{
		`{"event":1}`: files.NDJSON, "\ufeff \n{": files.NDJSON, "a,b\n": files.CSV, "SQLite format 3\x00…": files.Own,
		"PAR1": "", "\x89MCAP0": "", "\x1f\x8b": "", "<!DOCTYPE html>": "", "": "", "[1]": "", "a\x00b": "",
	} {
		got, err := files.Detect(bufio.NewReader(strings.NewReader(text)), "")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q %v, want %q", text, got, err, want)
		}
	}
	if got, _ := files.Detect(bufio.NewReader(strings.NewReader("[1]")), "x"); got != files.NDJSON {
		t.Errorf("an array is the data of an event: got %q", got)
	}
}

// checkRead holds a reader to what its callers rely on.
func checkRead(t *testing.T, from files.From, text string) {
	err := files.Read(bufio.NewReader(strings.NewReader(text)), from, func(rec *msg.Record) error {
		// What is ours is looked at by whoever keeps it.
		if from.Format == files.NDJSON && from.Event != "" && !json.Valid(rec.Payload) {
			t.Errorf("payload %q is not JSON", rec.Payload)
		}
		if rec.At.IsZero() || rec.Accepted.IsZero() || rec.At.Year() > 2262 || rec.At.Year() < 1969 {
			t.Errorf("a message ended at %v", rec.At)
		}
		if rec.Period < 0 || rec.Held < 0 || rec.Sockets < 0 || rec.Missed < 0 || rec.Seq > 1<<63-1 {
			t.Errorf("numbers out of bounds: %+v", rec)
		}
		return nil
	})
	var f *fault.Error
	if err != nil && !errors.As(err, &f) {
		t.Errorf("no person understands %v", err)
	}
}

func FuzzLines(f *testing.F) {
	f.Add(string(write(f, files.NDJSON, market(), "")), "")
	f.Add(`{"event":"a","data":1,"time":1767366245.5}`, "")
	f.Add(`{"a":1,"timestamp":"2026-01-02"}`, "x")
	f.Fuzz(func(t *testing.T, text, event string) {
		checkRead(t, files.From{Format: files.NDJSON, Event: event, Now: epoch}, text)
	})
}

func FuzzTable(f *testing.F) {
	f.Add(string(write(f, files.CSV, market(), "")), "")
	f.Add(string(write(f, files.CSV, market(), "/symbol,/price")), "")
	f.Add("time,/a/b,c,/a/d\n1767366245,1,x,true\n", "x")
	f.Fuzz(func(t *testing.T, text, event string) {
		checkRead(t, files.From{Format: files.CSV, Event: event, Now: epoch}, text)
	})
}
