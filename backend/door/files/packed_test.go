package files_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"
	"github.com/parquet-go/parquet-go"

	"emitscope/backend/door/files"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

func openParquet(t *testing.T, text []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAParquetFileHasWhatTheRecordingHas(t *testing.T) {
	f := openParquet(t, write(t, files.Parquet, market(), "/symbol,/price,/up"))
	var out strings.Builder
	fmt.Fprintln(&out, f.Schema())
	for _, key := range []string{"emitscope.recording", "emitscope.query", "emitscope.from", "emitscope.version"} {
		value, _ := f.Lookup(key)
		fmt.Fprintf(&out, "%s = %s\n", key, value)
	}
	columns := f.Schema().Columns()
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		all := make([]parquet.Row, group.NumRows())
		if n, err := rows.ReadRows(all); err != nil && !errors.Is(err, io.EOF) || n != len(all) {
			t.Fatalf("read %d rows of %d: %v", n, len(all), err)
		}
		for _, row := range all {
			out.WriteString("\n")
			for _, v := range row {
				fmt.Fprintf(&out, "%s: %+q\n", strings.Join(columns[v.Column()], "."), v.String())
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Golden(t, "recording.parquet", out.String())
}

func TestRowGroupsOfAParquetFileAreBounded(t *testing.T) {
	many := make([]*msg.Record, 50_000)
	for i := range many {
		many[i] = market()[0]
	}
	if got := len(openParquet(t, write(t, files.Parquet, many, "")).RowGroups()); got != 3 {
		t.Errorf("got %d groups of 50,000 rows, want 3", got)
	}
	large := market()[0]
	large.Payload = fmt.Appendf(nil, `"%s"`, strings.Repeat("x", 3<<20))
	if got := len(openParquet(t, write(t, files.Parquet, slices.Repeat([]*msg.Record{large}, 9), "")).RowGroups()); got != 3 {
		t.Errorf("got %d groups of 9 rows of 3 MiB, want 3", got)
	}
}

func TestAnMCAPFileHasAChannelForEachStream(t *testing.T) {
	text := write(t, files.MCAP, market(), "")
	in, err := mcap.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	info, err := in.Info()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "library %s, %d messages, %d channels, %d chunks %s\n", info.Header.Library, info.Statistics.MessageCount, info.Statistics.ChannelCount,
		info.Statistics.ChunkCount, info.ChunkIndexes[0].Compression)
	for _, index := range info.MetadataIndexes {
		m, err := in.GetMetadata(index.Offset)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "metadata %s %v\n", m.Name, m.Metadata)
	}
	messages, err := in.Messages(mcap.InOrder(mcap.FileOrder))
	if err != nil {
		t.Fatal(err)
	}
	err = mcap.Range(messages, func(s *mcap.Schema, c *mcap.Channel, m *mcap.Message) error {
		_, err := fmt.Fprintf(&out, "%s %s %s %s %v #%d log %s publish %s %s\n", c.Topic, c.MessageEncoding, s.Encoding, s.Data, c.Metadata, m.Sequence,
			moment(m.LogTime), moment(m.PublishTime), m.Data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Golden(t, "recording.mcap", out.String())
}

func moment(ns uint64) string { return time.Unix(0, int64(ns)).UTC().Format(time.RFC3339Nano) }

func TestAnMCAPFileOfTooManyStreamsIsRefused(t *testing.T) {
	w, err := files.NewWriter(files.MCAP, io.Discard, about(), nil)
	if err != nil {
		t.Fatal(err)
	}
	rec := market()[0]
	for i := range 70_000 {
		rec.Event = fmt.Sprint(i)
		if err = w.Write(rec); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "streams") {
		t.Errorf("got %v, want a sentence about its streams", err)
	}
}
