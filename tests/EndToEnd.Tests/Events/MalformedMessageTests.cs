using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Events;

/// <summary>Uses its own application, so that the log is about these messages only.</summary>
public sealed class MalformedMessageTests(MalformedMessageTests.Application application) : IClassFixture<MalformedMessageTests.Application>
{
    private static readonly string[] s_consumers = ["audit", "notifications", "orchestrator"];

    // Part of the messages; it must not appear in the log.
    private const string Mark = GatewayApplication.ContentMark;

    private static readonly Dictionary<string, byte[]> s_messages = new()
    {
        ["nothing"] = [],
        ["text"] = Utf8(Mark),
        ["white space"] = Utf8("   \n"),
        ["null"] = Utf8("null"),
        ["a number"] = Utf8("42"),
        ["a text in JSON"] = Utf8($"\"{Mark}\""),
        ["an array"] = Utf8($"[\"{Mark}\"]"),
        ["an object of something else"] = Utf8($$"""{"greeting": "{{Mark}}"}"""),
        ["half an event"] = Utf8(Good().ToString()[..^10]),
        ["an event and more"] = Utf8($"{Good()} {Mark}"),
        ["two events"] = Utf8($"{Good()}{Good()}"),
        ["an event without an id"] = Utf8(Changed(message => message.Remove("id"))),
        ["an event without a type"] = Utf8(Changed(message => message.Remove("type"))),
        ["an event without a timestamp"] = Utf8(Changed(message => message.Remove("timestamp"))),
        ["an event without a payload"] = Utf8(Changed(message => message.Remove("payload"))),
        ["an event without metadata"] = Utf8(Changed(message => message.Remove("metadata"))),
        ["an event without a service"] = Utf8(Changed(message => message["metadata"]!.AsObject().Remove("service"))),
        ["an id that is a number"] = Utf8(Changed(message => message["id"] = 7)),
        ["an id that is empty"] = Utf8(Changed(message => message["id"] = "")),
        ["an id that is endless"] = Utf8(Changed(message => message["id"] = new string('i', 257))),
        ["a timestamp that is a number"] = Utf8(Changed(message => message["timestamp"] = 1795453339084)),
        ["a timestamp that is none"] = Utf8(Changed(message => message["timestamp"] = Mark)),
        ["a payload that is a text"] = Utf8(Changed(message => message["payload"] = Mark)),
        ["a payload that is an array"] = Utf8(Changed(message => message["payload"] = new JsonArray(Mark))),
        ["metadata that is a text"] = Utf8(Changed(message => message["metadata"] = Mark)),
        ["the type of another channel"] = Utf8(Changed(message => message["type"] = "file.deleted")),
        ["a type that there is not"] = Utf8(Changed(message => message["type"] = Mark)),
        ["half a surrogate pair in the payload"] = Utf8(Good().ToString().Replace(Mark, $"\\ud83d{Mark}", StringComparison.Ordinal)),
        ["half a surrogate pair in the id"] = Utf8(Good().ToString().Replace("\"id\":\"", "\"id\":\"\\udc00", StringComparison.Ordinal)),
        ["bytes that are no UTF-8"] = [0xff, 0xfe, .. Utf8(Mark), 0xc3, 0x28, 0xed, 0xa0, 0x80],
        ["a megabyte"] = Utf8(Changed(message => message["payload"]!["filename"] = Mark + new string('x', 1024 * 1024))),
        ["a megabyte of opening brackets"] = Utf8(new string('[', 1024 * 1024)),
        ["a deep payload"] = Utf8(Good().ToString().Replace("\"size\":7", $"\"size\":{new string('[', 100)}{new string(']', 100)}", StringComparison.Ordinal)),
    };

    public static TheoryData<string> Messages => [.. s_messages.Keys];

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task It_is_logged_with_its_channel_and_length_but_not_its_content_and_the_next_event_is_handled(string name)
    {
        var gateway = application.Gateway;
        var user = gateway.NewUser();
        var message = s_messages[name];
        var mark = gateway.Host.LineCount;

        await gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal("events:file.uploaded"), message);
        var good = EventMessage.Uploaded(user.Id, Guid.NewGuid().ToString());
        await gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal(good.Channel), good.ToString());

        // The length of the decoded text, as the host passes it on.
        var length = Encoding.UTF8.GetString(message).Length;
        foreach (var consumer in s_consumers)
        {
            await gateway.Host.WaitForLineAsync(
                line => line.Contains($"Consumer {consumer} ", StringComparison.Ordinal)
                    && line.Contains(" events:file.uploaded", StringComparison.Ordinal)
                    && line.Contains($" {length} characters", StringComparison.Ordinal),
                after: mark,
                description: $"that {consumer} got {length} characters on events:file.uploaded");
        }
        var fileId = good.Payload["fileId"]!.GetValue<string>();
        Assert.Equal(good.Id, Assert.Single(await user.AuditOfAsync(fileId, 1)).Text("eventId"));
        Assert.Equal(good.Id, Assert.Single(await user.NotificationsOfAsync(fileId, 1)).Text("eventId"));
        await user.FileInContextAsync(fileId, _ => true);
        Assert.Single(await user.AuditAsync());
        gateway.AssertThatTheLogHoldsNoSecret(mark);
        // On a busy machine, a timer may fail.
        Assert.DoesNotContain(gateway.Log.Skip((int)mark), line => line.Contains("FileUploaded", StringComparison.Ordinal) && line.Contains("Failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_with_more_fields_and_an_id_of_another_form_is_an_event()
    {
        var gateway = application.Gateway;
        var user = gateway.NewUser();
        var fileId = $"files/{Guid.NewGuid()}#?%'\"";
        var message = (EventMessage.Uploaded(user.Id, fileId) with { Id = $"evt:{Guid.NewGuid()}/ü" }).ToJson();
        message["priority"] = 5;
        message["payload"]!["tags"] = new JsonArray("a", "b");
        message["metadata"]!["region"] = "eu";

        await gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal("events:file.uploaded"), message.ToJsonString());

        var line = Assert.Single(await Eventually.GetAsync(() => user.AuditAsync(), lines => lines.Length > 0));
        Assert.Equal(message["id"]!.GetValue<string>(), line.Text("eventId"));
        Assert.Equal(fileId, line.Text("resourceId"));
        Assert.Equal(["a", "b"], line.Items("event", "payload", "tags").Select(tag => tag.GetString()));
        Assert.Single(await user.NotificationsOfAsync(fileId, 1));
        await user.FileInContextAsync(fileId, _ => true);
    }

    [Fact]
    public async Task A_payload_that_is_not_as_its_schema_says_is_a_dead_letter_that_names_each_field_and_has_no_effect()
    {
        var gateway = application.Gateway;
        var user = gateway.NewUser();
        var message = EventMessage.Uploaded(user.Id, "unused").ToJson();
        message["payload"] = new JsonObject { ["fileId"] = 7, ["size"] = 2.5, ["unknown"] = Mark };
        message["metadata"]!["userId"] = user.Id;

        await PublishAsync(message.ToJsonString());
        await PublishAsync($$"""{"id": "{{message["id"]}}"}""");
        var good = EventMessage.Uploaded(user.Id, Guid.NewGuid().ToString()).ToJson();
        var time = DateTimeOffset.UtcNow;
        good["timestamp"] = time.ToOffset(TimeSpan.FromHours(2)).ToString("yyyy-MM-dd't'HH:mm:ss.fffffff'99+02:00'", CultureInfo.InvariantCulture);
        await PublishAsync(good.ToJsonString().Replace("\"size\":7", "\"size\":7.0", StringComparison.Ordinal));

        var admin = gateway.NewUser("admin");
        foreach (var consumer in s_consumers)
        {
            var letters = await Eventually.GetAsync(
                async () => (await admin.GetAsync($"dead-letters?consumer={consumer}&limit=500").JsonAsync()).Items("items")
                    .Where(letter => letter.Has("raw") && letter.Text("raw").Contains($"{message["id"]}", StringComparison.Ordinal)).ToArray(),
                letters => letters.Length == 2);
            Assert.Equal(
                [
                    "missing fields: payload.filename, payload.uploadedBy; payload.fileId must be a text; payload.size must be a whole number from 0 to 9223372036854775807",
                    "missing fields: type, timestamp, payload, metadata",
                ],
                letters.OrderByDescending(letter => letter.Text("raw").Length).Select(letter => letter.Items("history")[0].Text("error")));
        }

        var line = Assert.Single(await Eventually.GetAsync(() => user.AuditAsync(), lines => lines.Length > 0));
        Assert.Equal(time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), line.Text("timestamp"));
        var file = await user.FileInContextAsync($"{good["payload"]!["fileId"]}", _ => true);
        Assert.Equal(7, file.Number("size"));
        Assert.False(file.Has("version"));
        Assert.Single(await user.NotificationsOfAsync($"{good["payload"]!["fileId"]}", 1));
    }

    [Fact]
    public async Task An_operator_edits_a_message_that_is_no_event_and_retries_it()
    {
        var user = application.Gateway.NewUser();
        var admin = application.Gateway.NewUser("admin");
        var fileId = Guid.NewGuid().ToString();
        var message = EventMessage.Uploaded(user.Id, fileId).ToJson();
        message["payload"]!["size"] = "seven";
        await PublishAsync(message.ToJsonString());
        var letter = await Eventually.GetAsync(
            async () => (await admin.GetAsync("dead-letters?consumer=audit&limit=500").JsonAsync()).Items("items")
                .FirstOrDefault(letter => letter.Has("raw") && letter.Text("raw").Contains(fileId, StringComparison.Ordinal)),
            letter => letter.ValueKind == JsonValueKind.Object);
        var route = $"dead-letters/audit/{letter.Text("id")}/edit";

        await admin.PostAsync(route, new { @event = message, reason = "size" }).ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "event");
        message["payload"]!["size"] = 7;
        var retried = await admin.PostAsync(route, new { @event = message, reason = "size" }).JsonAsync();

        Assert.Equal(1, retried.Number("delivered"));
        Assert.Equal(message["id"]!.GetValue<string>(), Assert.Single(await user.AuditOfAsync(fileId, 1)).Text("eventId"));
        await admin.GetAsync($"dead-letters/audit/{letter.Text("id")}").ProblemAsync(HttpStatusCode.NotFound, "not-found");
        Assert.Contains(await admin.AuditAsync(), line => line.Text("action") == "dead-letters.edit");
    }

    private Task<long> PublishAsync(string message) => application.Gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal("events:file.uploaded"), message);

    private static EventMessage Good() => EventMessage.Uploaded(Mark, Guid.NewGuid().ToString(), Mark);

    private static string Changed(Action<JsonObject> change)
    {
        var json = Good().ToJson();
        change(json);
        return json.ToJsonString();
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public sealed class Application : IAsyncLifetime
    {
        public GatewayApplication Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "malformed-messages" });

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }
}
