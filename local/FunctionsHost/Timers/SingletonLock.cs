using Azure;
using Azure.Identity;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>The lock that lets only one instance of an app run a timer: a lease on a blob.</summary>
internal sealed class SingletonLock(HostStorage storage, FunctionDefinition function, HostJson hostJson, TimeProvider time, ILogger logger)
{
    private readonly string _lockId = storage.LockIdOf(function);
    private readonly string _owner = Guid.NewGuid().ToString("N");

    /// <summary>Waits until this instance has the lock, without a limit, even if another instance holds it or storage is down.</summary>
    public async Task<SingletonHolding> AcquireAsync(CancellationToken cancellationToken)
    {
        var isLogged = false;
        while (true)
        {
            try
            {
                var acquired = await TryAcquireAsync(cancellationToken);
                if (storage.Note(isReached: true))
                    logger.StorageReached();
                if (acquired is { } lease)
                {
                    logger.LockAcquired(_lockId);
                    return new SingletonHolding(lease, _lockId, hostJson.ListenerLockPeriod, time, logger);
                }

                if (!isLogged)
                    logger.LockHeldElsewhere(_lockId);
                isLogged = true;
            }
            catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException)
            {
                var reason = ((e as AggregateException)?.InnerException ?? e).Message.Split('\n')[0].TrimEnd();
                if (storage.Note(isReached: false))
                    logger.StorageUnreachable(storage.Container.Uri, reason);
                logger.LockStorageFailed(_lockId, reason, hostJson.ListenerLockRecoveryPollingInterval);
            }

            await Task.Delay(hostJson.ListenerLockRecoveryPollingInterval, time, cancellationToken);
        }
    }

    private async Task<BlobLeaseClient?> TryAcquireAsync(CancellationToken cancellationToken)
    {
        await EnsureBlobAsync(cancellationToken);
        var lease = storage.LockOf(function).GetBlobLeaseClient();
        try
        {
            await lease.AcquireAsync(hostJson.ListenerLockPeriod, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == StatusCodes.Status409Conflict)
        {
            return null;
        }

        var metadata = new Dictionary<string, string> { ["FunctionInstance"] = _owner };
        await storage.LockOf(function).SetMetadataAsync(metadata, new BlobRequestConditions { LeaseId = lease.LeaseId }, cancellationToken);
        return lease;
    }

    private async Task EnsureBlobAsync(CancellationToken cancellationToken)
    {
        var onlyIfNew = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await storage.LockOf(function).UploadAsync(BinaryData.Empty, onlyIfNew, cancellationToken);
                return;
            }
            catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.ContainerNotFound && attempt == 0)
            {
                await storage.Container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            }
            catch (RequestFailedException e) when (e.Status is StatusCodes.Status409Conflict or StatusCodes.Status412PreconditionFailed)
            {
                return; // the blob exists, perhaps with a lease
            }
        }
    }
}
