using System.Text;
using System.Text.Json;
using CsCheck;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;

namespace McpFunctions.Domain.Tests.Events;

public sealed class EnvelopeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 17, 12, 0, 0, 5, TimeSpan.Zero);

    // Text that JSON, UTF-8 or JavaScript may escape or change.
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String,
        Gen.OneOf("", "ünï", "日本語", "👩‍👩‍👧", "<'+&>", "\u2028", "\0", "\\\"/\b\t\n", "a b"))
        .Where(text => text.EnumerateRunes().All(rune => rune.Value != 0xFFFD));

    [Fact]
    public void An_event_has_the_shape_of_the_decision_record()
    {
        DomainEvent uploaded = DomainEvent.Create(
            new FileUploaded("f1", "zoë <1>.txt", 3, "text/plain", "abc", 1, "u1"), Noon, "u1", "c1");

        string json = Encoding.UTF8.GetString(EventParser.Write(uploaded));

        Assert.Equal(
            $$$"""
            {"id":"{{{uploaded.Id}}}","type":"file.uploaded","timestamp":"2026-01-17T12:00:00.005Z","correlationId":"c1","payload":{"fileId":"f1","filename":"zoë <1>.txt","size":3,"contentType":"text/plain","sha256":"abc","version":1,"uploadedBy":"u1"},"metadata":{"service":"mcp-gateway","version":"1.0.0","userId":"u1"}}
            """,
            json);
    }

    [Fact]
    public void Absent_optionals_are_omitted()
    {
        DomainEvent deleted = DomainEvent.Create(new FileDeleted("f1", "a", 2, "u1"), Noon, null, null);

        string json = Encoding.UTF8.GetString(EventParser.Write(deleted));

        Assert.DoesNotContain("null", json, StringComparison.Ordinal);
        Assert.DoesNotContain("correlationId", json, StringComparison.Ordinal);
        Assert.DoesNotContain("userId", json, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_is_a_version_7_uuid_of_the_events_time()
    {
        DomainEvent uploaded = DomainEvent.Create(new FileDeleted("f1", "a", 2, "u1"), Noon, null, null);

        Guid id = Guid.Parse(uploaded.Id);
        Assert.Equal(7, id.Version);
        Assert.Equal(Noon.ToUnixTimeMilliseconds(), Convert.ToInt64(uploaded.Id.Replace("-", "", StringComparison.Ordinal)[..12], 16));
    }

    [Fact]
    public void An_event_that_is_written_is_read_back_unchanged() =>
        Gen.Select(
            Text.Where(name => name.Length > 0), Text, Text, Gen.Long[0, long.MaxValue], Gen.DateTimeOffset).Sample((name, contentType, correlationId, size, time) =>
        {
            DomainEvent written = DomainEvent.Create(new FileUploaded("f", name, size, contentType, "s", 1, "u"), Noon, "u", correlationId) with
            {
                Timestamp = Timestamps.ToMilliseconds(time),
            };

            bool isRead = EventParser.TryRead(EventParser.Write(written), out DomainEvent read, out string problem);

            Assert.True(isRead, problem);
            Assert.Equal(written.Timestamp, read.Timestamp);
            Assert.Equal(correlationId, read.CorrelationId);
            Assert.Equal(name, read.Payload.Text("filename"));
            Assert.Equal(size, read.Payload.Number("size"));
            Assert.Equal(EventParser.Write(written), EventParser.Write(read));
        });

    [Fact]
    public void An_event_is_written_as_the_serializer_writes_it() =>
        Gen.Select(Text.Array[9], Gen.Bool.Array[3], Gen.DateTimeOffset).Sample((texts, isThere, time) =>
        {
            var written = new DomainEvent
            {
                Id = texts[0],
                Type = texts[1],
                Timestamp = time,
                CorrelationId = isThere[0] ? texts[2] : null,
                Payload = JsonSerializer.SerializeToElement(new Dictionary<string, object> { [texts[3]] = new object?[] { texts[4], 1.50m, null, true } }),
                Metadata = new EventMetadata
                {
                    Service = texts[5], Version = texts[6], UserId = isThere[1] ? texts[7] : null, TraceParent = isThere[2] ? texts[8] : null,
                },
            };

            Assert.Equal(JsonSerializer.SerializeToUtf8Bytes(written, EventPayloads.Envelope), EventParser.Write(written));
        });

    // A field with an escape that nobody knows makes the parser read more carefully.
    [Fact]
    public void Reading_in_one_pass_and_reading_carefully_agree_on_any_bytes()
    {
        DomainEvent upload = DomainEvent.Create(new FileUploaded("f", "zoë", 1, "text/plain", "a", 1, "u"), Noon, "u", "c");
        byte[] valid = EventParser.Write(upload with { Metadata = upload.Metadata with { TraceParent = "00-t", Service = "other" } });
        string[] pieces = ["null", "\"\"", "1", "{}", "[]", "\"id\":\"x\",", "\"type\":\"file.deleted\",", "\"payload\":{},", "\"timestamp\":1,", "\"metadata\":null,",
            "\"correlationId\":null,", "\"userId\":7,", "}", " ", "{", "\"", ",", new string('x', 300)];
        // Bytes that change, and pieces that are put in at places where a value or a field begins.
        int[] starts = [.. Enumerable.Range(0, valid.Length).Where(index => index > 0 && valid[index - 1] is (byte)':' or (byte)',' or (byte)'{')];
        Gen.Select(Gen.Int[0, valid.Length - 1].Array[0, 2], Gen.Byte.Array[2], Gen.Select(Gen.Int[0, starts.Length - 1].Select(index => starts[index]), Gen.Int[0, pieces.Length - 1].Select(index => pieces[index]), Gen.Int[0, 12]).Array[0, 2]).Sample(
            (places, bytes, inserted) =>
            {
                List<byte> changed = [.. valid];
                foreach ((int place, int index) in places.Select((place, index) => (place, index)))
                {
                    changed[place] = bytes[index];
                }

                foreach ((int start, string piece, int removed) in inserted.OrderByDescending(each => each.Item1))
                {
                    changed.RemoveRange(start, Math.Min(removed, changed.Count - start));
                    changed.InsertRange(start, Encoding.UTF8.GetBytes(piece));
                }

                byte[] json = [.. changed];
                byte[] careful = [json[0], .. Encoding.UTF8.GetBytes("\"\\u007a\":0,"), .. json[1..]];

                bool isRead = EventParser.TryRead(json, out DomainEvent read, out string problem);
                bool isReadCarefully = EventParser.TryRead(careful, out DomainEvent readCarefully, out string found);

                Assert.Equal(isReadCarefully, isRead);
                if (isRead)
                {
                    Assert.Equal(EventParser.Write(readCarefully), EventParser.Write(read));
                }
                else if (!found.Contains("JSON", StringComparison.Ordinal))
                {
                    Assert.Equal(found, problem);
                }
            },
            iter: 20_000);
    }

    [Fact]
    public void A_write_allocates_the_array_of_the_event_and_a_read_little_more_than_the_event()
    {
        DomainEvent upload = DomainEvent.Create(
            new FileUploaded(Guid.CreateVersion7().ToString(), "report.pdf", 1_024, "application/pdf", new string('a', 64), 1, "bench-1"), Noon, "bench-1", null);
        byte[] body = EventParser.Write(upload);

        Assert.InRange(AllocatedBy(() => EventParser.Write(upload)), body.Length, body.Length + 32);
        Assert.InRange(AllocatedBy(() => EventParser.TryRead(body, out _, out _)), body.Length, 3 * body.Length);
    }

    // The least of some runs: the runtime may compile a method meanwhile.
    private static long AllocatedBy(Action action)
    {
        long least = long.MaxValue;
        for (int run = 0; run < 100; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    [Fact]
    public void Text_stays_as_JavaScript_writes_it()
    {
        DomainEvent uploaded = DomainEvent.Create(new FileDeleted("f", "ü 日本 <a href='x'>+&", 2, "u"), Noon, null, null);

        Assert.Contains("\"ü 日本 <a href='x'>+&\"", Encoding.UTF8.GetString(EventParser.Write(uploaded)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_in_the_records_exact_shape_is_read_and_unknown_fields_are_ignored()
    {
        const string json = """
            {"id":"evt_1","type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","later":{"a":[1]},
             "payload":{"fileId":"f","filename":"a.txt","size":3,"uploadedBy":"u","mood":"good"},
             "metadata":{"service":"mcp-gateway","version":"1.0.0","region":"eu"}}
            """;

        Assert.True(EventParser.TryRead(json, out DomainEvent read, out string problem), problem);

        Assert.Equal("evt_1", read.Id);
        Assert.Equal(new DateTimeOffset(2026, 1, 17, 9, 30, 0, 123, TimeSpan.Zero), read.Timestamp);
        Assert.Equal("u", read.Payload.Text("uploadedBy"));
        Assert.Null(read.Payload.Text("sha256"));
        Assert.Null(read.Payload.Number("version"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("42")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("{\"id\":\"a\"")]
    [InlineData("""{"id":1,"type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","payload":{},"metadata":{"service":"s","version":"1"}}""")]
    [InlineData("""{"id":"","type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","payload":{},"metadata":{"service":"s","version":"1"}}""")]
    [InlineData("""{"id":"a","type":null,"timestamp":"2026-01-17T09:30:00.123Z","payload":{},"metadata":{"service":"s","version":"1"}}""")]
    [InlineData("""{"id":"a","type":"file.uploaded","timestamp":"yesterday","payload":{},"metadata":{"service":"s","version":"1"}}""")]
    [InlineData("""{"id":"a","type":"file.uploaded","timestamp":1768642200123,"payload":{},"metadata":{"service":"s","version":"1"}}""")]
    [InlineData("""{"id":"a","type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","payload":[],"metadata":{"service":"s","version":"1"}}""")]
    [InlineData("""{"id":"a","type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","payload":{},"metadata":null}""")]
    [InlineData("""{"id":"a","type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","payload":{},"metadata":{"version":"1"}}""")]
    [InlineData("""{"id":"\ud800","type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","payload":{},"metadata":{"service":"s","version":"1"}}""")]
    [InlineData("""{"id":"a","type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","payload":{"fileId":"\udc00"},"metadata":{"service":"s","version":"1"}}""")]
    public void A_message_that_is_not_an_event_is_refused_with_a_reason(string json)
    {
        Assert.False(EventParser.TryRead(json, out _, out string problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void A_too_long_event_is_refused()
    {
        string json = $$$"""{"id":"a","type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","payload":{"fileId":"f","filename":"{{{new string('x', EventParser.MaxBytes)}}}","size":1,"uploadedBy":"u"},"metadata":{"service":"s","version":"1"}}""";

        Assert.False(EventParser.TryRead(json, out _, out string problem));
        Assert.Contains("longer", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_that_is_too_long_only_as_it_is_written_is_refused()
    {
        static string With(int deletes) =>
            $$$"""{"id":"a","type":"file.uploaded","timestamp":"2026-01-17T09:30:00.123Z","payload":{"fileId":"f","filename":"{{{new string('\u007f', deletes)}}}","size":1,"uploadedBy":"u"},"metadata":{"service":"s","version":"1"}}""";

        Assert.True(EventParser.TryRead(With(EventParser.MaxBytes / 7), out DomainEvent longest, out string problem), problem);
        Assert.InRange(EventParser.Write(longest).Length, EventParser.MaxBytes * 4 / 5, EventParser.MaxBytes);
        Assert.False(EventParser.TryRead(With(EventParser.MaxBytes / 6), out _, out problem));
        Assert.Contains("longer", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_too_deep_to_be_written_inside_a_page_is_refused_and_the_deepest_of_our_own_is_not()
    {
        static string Nested(int arrays) =>
            $$$"""{"id":"a","type":"command.completed","timestamp":"2026-01-17T09:30:00.123Z","payload":{"commandId":"c","name":"n","startedBy":"u","durationMs":1,"result":{{{new string('[', arrays)}}}{{{new string(']', arrays)}}}},"metadata":{"service":"s","version":"1"}}""";

        Assert.True(EventParser.TryRead(Nested(JsonLimitAttribute.MaxDepth), out _, out string problem), problem);
        Assert.True(EventParser.TryRead(Nested(EventParser.MaxDepth - 2), out _, out problem), problem);
        Assert.False(EventParser.TryRead(Nested(EventParser.MaxDepth - 1), out _, out problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void The_parser_handles_any_bytes_and_its_reason_quotes_nothing()
    {
        byte[] valid = EventParser.Write(DomainEvent.Create(new FileUploaded("f", "SECRET", 1, "SECRET", "SECRET", 1, "SECRET"), Noon, "SECRET", "SECRET"));

        // A real event with some changed bytes gets further into the parser than random bytes.
        Gen.Select(Gen.Int[0, valid.Length - 1].Array[1, 5], Gen.Byte.Array[5]).Sample((places, bytes) =>
        {
            byte[] mutated = [.. valid];
            for (int index = 0; index < places.Length; index++)
            {
                mutated[places[index]] = bytes[index];
            }

            if (EventParser.TryRead(mutated, out DomainEvent read, out string problem))
            {
                Assert.NotEmpty(EventParser.Write(read));
            }
            else
            {
                Assert.NotEmpty(problem);
                Assert.DoesNotContain("SECRET", problem, StringComparison.Ordinal);
            }
        });
    }

    [Fact]
    public void Every_payload_names_a_type_of_the_record()
    {
        string[] types = [.. typeof(EventTypes).GetFields().Select(field => (string)field.GetRawConstantValue()!)];

        Assert.Equal(17, types.Length);
        Assert.Contains(FileUploaded.EventType, types);
        Assert.Contains(FileUpdated.EventType, types);
        Assert.Contains(FileDeleted.EventType, types);
    }
}
