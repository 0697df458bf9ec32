using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Tests.Events;

public sealed class SchemaTests
{
    // The required fields of each event type. The first entry is the decision record's own example.
    private static readonly Dictionary<string, string> s_payloads = new()
    {
        ["file.uploaded"] = """{"fileId":"f","filename":"a.txt","size":3,"uploadedBy":"u"}""",
        ["file.updated"] = """{"fileId":"f","filename":"a.txt","size":3,"updatedBy":"u"}""",
        ["file.deleted"] = """{"fileId":"f","filename":"a.txt","deletedBy":"u"}""",
        ["command.started"] = """{"commandId":"c","name":"n","startedBy":"u"}""",
        ["command.completed"] = """{"commandId":"c","name":"n","startedBy":"u","durationMs":5}""",
        ["command.failed"] = """{"commandId":"c","name":"n","startedBy":"u","durationMs":5,"error":"e"}""",
        ["session.created"] = """{"sessionId":"s","userId":"u","expiresAt":"2026-01-17T09:30:00Z"}""",
        ["session.expired"] = """{"sessionId":"s","userId":"u","expiresAt":"2026-01-17T09:30:00Z","reason":"idle"}""",
        ["auth.login"] = """{"username":"ada","method":"password"}""",
        ["auth.logout"] = """{"username":"ada","method":"password"}""",
        ["auth.failed"] = """{"username":"","method":"password","reason":"wrong-password"}""",
        ["apikey.created"] = """{"keyId":"k","name":"n","scopes":[],"createdBy":"u"}""",
        ["apikey.revoked"] = """{"keyId":"k","name":"n","scopes":["files:read"],"revokedBy":"u"}""",
        ["workflow.triggered"] = """{"workflowId":"w","name":"n","triggeredBy":"u"}""",
        ["workflow.completed"] = """{"workflowId":"w","name":"n","triggeredBy":"u","status":"succeeded","durationMs":5}""",
        ["system.health.degraded"] = """{"component":"redis","previous":"healthy","current":"degraded"}""",
        ["system.health.restored"] = """{"component":"redis","previous":"degraded","current":"healthy"}""",
    };

    public static TheoryData<string> Types => [.. EventTypes.All];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_payload_with_its_required_fields_is_accepted_and_without_them_the_error_names_each(string type)
    {
        Assert.Equal("", ProblemOf(type, s_payloads[type]));

        string[] fields = [.. JsonNode.Parse(s_payloads[type])!.AsObject().Select(field => $"payload.{field.Key}")];
        string problem = ProblemOf(type, "{}");
        Assert.StartsWith("missing fields: ", problem, StringComparison.Ordinal);
        Assert.Equal(fields.Order(), problem["missing fields: ".Length..].Split(", ").Order());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_payload_with_a_required_field_of_another_type_is_refused_by_its_name(string type)
    {
        foreach ((string field, JsonNode? value) in JsonNode.Parse(s_payloads[type])!.AsObject())
        {
            foreach (JsonNode? wrong in new JsonNode?[] { null, true, new JsonObject { ["SECRET"] = "SECRET" }, value!.GetValueKind() == JsonValueKind.Number ? "SECRET" : 7 })
            {
                JsonObject payload = JsonNode.Parse(s_payloads[type])!.AsObject();
                payload[field] = wrong?.DeepClone();

                string problem = ProblemOf(type, payload.ToJsonString());

                Assert.StartsWith($"payload.{field} must be ", problem, StringComparison.Ordinal);
                Assert.DoesNotContain("SECRET", problem, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("""{"fileId":"f","filename":"a","size":2.0,"version":3e0,"uploadedBy":"u"}""", "")]
    [InlineData("""{"fileId":"f","filename":"a","size":1,"contentType":null,"sha256":null,"version":null,"uploadedBy":"u","more":[1]}""", "")]
    [InlineData("""{"fileId":"f","filename":"a","size":2.5,"uploadedBy":"u"}""", "payload.size must be a whole number from 0 to 9223372036854775807")]
    [InlineData("""{"fileId":"f","filename":"a","size":-1,"uploadedBy":"u"}""", "payload.size must be a whole number from 0 to 9223372036854775807")]
    [InlineData("""{"fileId":"f","filename":"a","size":1,"version":1.5,"uploadedBy":"u"}""", "payload.version must be a whole number from 0 to 9223372036854775807")]
    [InlineData("""{"fileId":"","filename":"a","size":1,"uploadedBy":"u"}""", "payload.fileId must be a text of at least 1 character")]
    [InlineData("""{"fileId":7,"size":"large"}""", "missing fields: payload.filename, payload.uploadedBy; payload.fileId must be a text; payload.size must be a whole number from 0 to 9223372036854775807")]
    public void An_upload_is_held_to_its_schema(string payload, string problem) => Assert.Equal(problem, ProblemOf("file.uploaded", payload));

    [Theory]
    [InlineData("""{"id":"x"}""", "missing fields: type, timestamp, payload, metadata")]
    [InlineData("{}", "missing fields: id, type, timestamp, payload, metadata")]
    [InlineData("""{"id":"x","type":"file.uploaded","payload":{},"metadata":{}}""",
        "missing fields: timestamp, metadata.service, metadata.version, payload.fileId, payload.filename, payload.size, payload.uploadedBy")]
    [InlineData("""{"id":7,"type":"","timestamp":"2026-01-17T09:30:00","payload":[],"metadata":"m"}""",
        "id must be a text; type must be a text of at least 1 character; timestamp must be a time in RFC 3339, for example 2026-01-17T09:30:00.123Z; payload must be an object; metadata must be an object")]
    [InlineData("[]", "it is not a JSON object")]
    public void An_envelope_is_held_to_its_schema_and_everything_that_is_wrong_is_in_one_message(string json, string problem)
    {
        Assert.False(EventParser.TryRead(json, out _, out string found));
        Assert.Equal(problem, found);
    }

    [Fact]
    public void Numbers_in_any_form_are_read_the_same()
    {
        Assert.True(EventParser.TryRead(Event("file.uploaded", """{"fileId":"f","filename":"a","size":2.0,"version":3e0,"uploadedBy":"u"}"""), out DomainEvent read, out string problem), problem);

        Assert.Equal(2, read.Payload.Number("size"));
        Assert.Equal(3, read.Payload.Number("version"));
    }

    private static string ProblemOf(string type, string payload)
    {
        EventParser.TryRead(Event(type, payload), out _, out string problem);
        return problem;
    }

    private static string Event(string type, string payload) =>
        $$$"""{"id":"a","type":"{{{type}}}","timestamp":"2026-01-17T09:30:00.123Z","payload":{{{payload}}},"metadata":{"service":"s","version":"1"}}""";
}
