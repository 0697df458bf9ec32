using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpFunctions.EndToEnd.Tests.Documentation;

/// <summary>Checks the events that the gateway publishes against its AsyncAPI document.</summary>
public static partial class AsyncApiContract
{
    private static readonly Dictionary<string, JsonNode> s_messages = SchemaCheck.AsyncApi.Document["channels"]!.AsObject().ToDictionary(
        channel => (string)channel.Value!["address"]!,
        channel => SchemaCheck.AsyncApi.Resolve(channel.Value!["messages"]!.AsObject().Single().Value!));

    /// <summary>How a message violates the document; null when it does not, and for messages of other producers.</summary>
    public static string? ViolationOf(string channel, string message)
    {
        // Other producers of the decision record use the same service name; only this gateway's ids are UUIDs of version 7.
        if (!OwnId().IsMatch(message) || !message.Contains("\"service\":\"mcp-gateway\"", StringComparison.Ordinal))
        {
            return null;
        }
        if (!OwnTime().IsMatch(message))
        {
            return "its timestamp is not in UTC to the millisecond";
        }
        return s_messages.TryGetValue(channel, out var documented)
            ? SchemaCheck.AsyncApi.ViolationOf(documented["payload"]!, message)
            : "the document does not know the channel";
    }

    [GeneratedRegex(""","timestamp":"[0-9T:-]{19}\.[0-9]{3}Z",""")]
    private static partial Regex OwnTime();

    [GeneratedRegex("""^\{"id":"[0-9a-f]{8}-[0-9a-f]{4}-7""")]
    private static partial Regex OwnId();
}
