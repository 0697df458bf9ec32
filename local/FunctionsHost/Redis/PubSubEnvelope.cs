using System.Globalization;
using System.Text;
using Google.Protobuf;
using McpFunctions.Local.FunctionsProtocol;
using StackExchange.Redis;

namespace McpFunctions.Local.FunctionsHost.Redis;

/// <summary>A message in the form for functions: three values, in this order, as compact JSON.</summary>
internal sealed record PubSubEnvelope(string SubscriptionChannel, string Channel, string Message)
{
    public static PubSubEnvelope Of(ChannelMessage message) =>
        // Invalid UTF-8 becomes U+FFFD.
        new(message.SubscriptionChannel.ToString(), message.Channel.ToString(), Encoding.UTF8.GetString((byte[]?)message.Message ?? []));

    public TypedData As(MessageDataType type) =>
        type switch
        {
            MessageDataType.Text => new TypedData { String = ToJson() },
            MessageDataType.Bytes => new TypedData { Bytes = ByteString.CopyFromUtf8(ToJson()) },
            _ => new TypedData { Json = ToJson() },
        };

    public void AddTo(IDictionary<string, TypedData> triggerMetadata)
    {
        triggerMetadata[nameof(SubscriptionChannel)] = new TypedData { String = SubscriptionChannel };
        triggerMetadata[nameof(Channel)] = new TypedData { String = Channel };
        triggerMetadata[nameof(Message)] = new TypedData { String = Message };
    }

    public string ToJson()
    {
        var json = new StringBuilder(Message.Length + SubscriptionChannel.Length + Channel.Length + 64);
        json.Append('{');
        AppendProperty(json, nameof(SubscriptionChannel), SubscriptionChannel);
        json.Append(',');
        AppendProperty(json, nameof(Channel), Channel);
        json.Append(',');
        AppendProperty(json, nameof(Message), Message);
        return json.Append('}').ToString();
    }

    private static void AppendProperty(StringBuilder json, string name, string value)
    {
        json.Append('"').Append(name).Append("\":\"");
        foreach (var c in value)
            AppendEscaped(json, c);
        json.Append('"');
    }

    // The real host uses Json.NET, which escapes fewer characters, and consumers in other languages must get the same bytes.
    private static StringBuilder AppendEscaped(StringBuilder json, char c) =>
        c switch
        {
            '"' => json.Append("\\\""),
            '\\' => json.Append(@"\\"),
            '\b' => json.Append("\\b"),
            '\f' => json.Append("\\f"),
            '\n' => json.Append("\\n"),
            '\r' => json.Append("\\r"),
            '\t' => json.Append("\\t"),
            < ' ' or '\u0085' or '\u2028' or '\u2029' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            _ => json.Append(c),
        };
}
