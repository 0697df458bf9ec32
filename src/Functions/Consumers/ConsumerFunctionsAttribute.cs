namespace McpFunctions.Functions.Consumers;

/// <summary>Marks the class with the functions of a consumer, one for each event type.</summary>
/// <param name="consumer">The consumer, one of <see cref="Domain.Delivery.Subscriptions.Consumers"/>.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ConsumerFunctionsAttribute(string consumer) : Attribute
{
    /// <summary>The consumer.</summary>
    public string Consumer { get; } = consumer;
}
