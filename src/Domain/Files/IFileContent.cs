namespace McpFunctions.Domain.Files;

/// <summary>Keeps the bytes of files.</summary>
public interface IFileContent
{
    /// <summary>Takes content under a new name. Small content is kept in memory until it is stored; larger content is stored while it arrives.</summary>
    /// <param name="name">A name from <see cref="FileKeys.NewContent"/>.</param>
    /// <param name="content">The bytes, read once from where the stream stands to its end.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The content, when all of it has arrived. The caller stores it.</returns>
    /// <exception cref="Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<IReceivedContent> ReceiveAsync(string name, Stream content, CancellationToken cancellationToken);

    /// <summary>Opens content.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">The length in bytes.</param>
    /// <returns>
    /// The bytes, fetched while they are read; the stream can seek. A read throws <see cref="FileNotFoundException"/> if the content does not exist,
    /// and <see cref="Delivery.DependencyUnavailableException"/> where storage cannot be reached.
    /// </returns>
    Stream Open(string name, long length);

    /// <summary>Deletes content, if it is there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is gone.</returns>
    /// <exception cref="Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Lists the content that was stored before a time.</summary>
    /// <param name="before">The time, by storage's clock.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Names, fetched as they are asked for.</returns>
    /// <exception cref="Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    IAsyncEnumerable<string> ListAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
