namespace Microsoft.Azure.Functions.Worker.Invocation;

internal sealed class TriggerBindingContext(InvocationBindings bindings) : BindingContext
{
    public override IReadOnlyDictionary<string, object?> BindingData => bindings.TriggerMetadata;
}
