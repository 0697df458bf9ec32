namespace McpFunctions.Functions.Consumers;

/// <summary>A change of a dead letter's event by an operator.</summary>
/// <param name="By">The user who changed it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Changes">The changed fields, at most twenty.</param>
public sealed record DeadLetterEdit(string By, string Reason, IReadOnlyList<FieldChange> Changes);
