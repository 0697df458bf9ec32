using System.Diagnostics;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>What logs and traces of an invocation carry, named as the official worker names it.</summary>
internal static class InvocationTelemetry
{
    public const string InvocationIdKey = "AzureFunctions_InvocationId";

    private const string FunctionNameKey = "AzureFunctions_FunctionName";
    private const string SchemaTag = "az.schema_url";
    private const string InvocationTag = "faas.execution";

    private static readonly ActivitySource _source = new("Microsoft.Azure.Functions.Worker");

    /// <summary>The log scope of an invocation.</summary>
    public static IReadOnlyCollection<KeyValuePair<string, object>> ScopeOf(FunctionContext context) =>
    [
        new(InvocationIdKey, context.InvocationId),
        new(FunctionNameKey, context.FunctionDefinition.Name),
    ];

    /// <summary>Starts the span of an invocation, a child of the host's, where the app listens for spans.</summary>
    public static Activity? StartActivity(FunctionContext context)
    {
        if (!_source.HasListeners())
            return null;

        ActivityContext.TryParse(context.TraceContext.TraceParent, context.TraceContext.TraceState, isRemote: true, out var parent);
        return _source.StartActivity(ActivityKind.Internal, parent, name: "Invoke", tags:
        [
            new(SchemaTag, "https://opentelemetry.io/schemas/1.17.0"),
            new(InvocationTag, context.InvocationId),
        ]);
    }

    /// <summary>Gives the host the tags that the app has set on the span.</summary>
    public static void CopyTags(Activity? activity, IDictionary<string, string> attributes)
    {
        foreach (var (key, value) in activity?.Tags ?? [])
        {
            if (value is not null && key is not (SchemaTag or InvocationTag))
                attributes[key] = value;
        }
    }
}
