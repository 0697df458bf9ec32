namespace McpFunctions.Domain.Files;

/// <summary>Content that has arrived completely.</summary>
public interface IReceivedContent
{
    /// <summary>Makes the content durable. Further calls store nothing.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is durable.</returns>
    /// <exception cref="Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    Task StoreAsync(CancellationToken cancellationToken);
}
