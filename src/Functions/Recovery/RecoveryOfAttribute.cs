namespace McpFunctions.Functions.Recovery;

/// <summary>The consumer that a timer recovers. An app with functions of the consumer needs the timer too.</summary>
/// <param name="consumer">The consumer's name.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RecoveryOfAttribute(string consumer) : Attribute
{
    /// <summary>The consumer's name.</summary>
    public string Consumer => consumer;
}
