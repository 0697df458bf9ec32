namespace McpFunctions.Domain.Delivery;

/// <summary>A row that is only written under its ETag, so a process may remember what it wrote last (<see cref="IStateStore.FindRecentAsync"/>).</summary>
public interface IRememberedRow;
