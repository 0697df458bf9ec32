using Google.Protobuf;
using Google.Protobuf.Collections;
using McpFunctions.EndToEnd.Tests.Telemetry.Protocol;

namespace McpFunctions.EndToEnd.Tests.Telemetry;

/// <summary>A span as the collector received it.</summary>
/// <param name="Span">The span.</param>
/// <param name="Source">The name of its source.</param>
/// <param name="Resource">The app.</param>
internal sealed record ExportedSpan(Span Span, string Source, Resource Resource)
{
    /// <summary>Its name.</summary>
    public string Name => Span.Name;

    /// <summary>Its trace, in hex.</summary>
    public string TraceId => HexOf(Span.TraceId);

    /// <summary>Its id, in hex.</summary>
    public string Id => HexOf(Span.SpanId);

    /// <summary>Its parent's id, in hex; empty for a root.</summary>
    public string ParentId => HexOf(Span.ParentSpanId);

    /// <summary>The traces of its links, in hex.</summary>
    public IEnumerable<string> LinkedTraces => Span.Links.Select(link => HexOf(link.TraceId));

    /// <summary>An attribute as text; null if it has none of the name.</summary>
    public string? this[string name] => AttributeOf(Span.Attributes, name);

    /// <summary>An attribute as text; null if there is none of the name.</summary>
    public static string? AttributeOf(RepeatedField<KeyValue> attributes, string name) => attributes.FirstOrDefault(each => each.Key == name)?.Value switch
    {
        null => null,
        { ValueCase: AnyValue.ValueOneofCase.StringValue } text => text.StringValue,
        { ValueCase: AnyValue.ValueOneofCase.IntValue } number => $"{number.IntValue}",
        var other => $"{other}",
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Span.Kind} {Name} {Id}, below {ParentId}";

    /// <summary>Bytes in hex, as traces and spans are written.</summary>
    public static string HexOf(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}
