using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpFunctions.EndToEnd.Tests.Events;

/// <summary>An event as another service would publish it: the envelope of the decision record, without any code of the gateway.</summary>
public sealed record EventMessage
{
    public string Id { get; init; } = Guid.NewGuid().ToString();

    public required string Type { get; init; }

    public DateTimeOffset Timestamp { get; init; } = DateTimeOffset.UtcNow;

    public required JsonObject Payload { get; init; }

    public string Channel => $"events:{Type}";

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["type"] = Type,
        ["timestamp"] = Timestamp.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff", CultureInfo.InvariantCulture) + "Z",
        ["payload"] = Payload.DeepClone(),
        ["metadata"] = new JsonObject { ["service"] = "another-service", ["version"] = "2.3.4" },
    };

    public override string ToString() => ToJson().ToJsonString(JsonSerializerOptions.Web);

    /// <summary>An upload as in the decision record's example: no content type, no hash, no version.</summary>
    public static EventMessage Uploaded(string userId, string fileId, string filename = "foreign.txt") => new()
    {
        Type = "file.uploaded",
        Payload = new JsonObject { ["fileId"] = fileId, ["filename"] = filename, ["size"] = 7, ["uploadedBy"] = userId },
    };
}
