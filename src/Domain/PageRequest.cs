namespace McpFunctions.Domain;

/// <summary>The requested page of a list.</summary>
/// <param name="Limit">The most items, from 1 to <see cref="MaxLimit"/>.</param>
/// <param name="ContinuationToken">The token of the previous page; null for the first page.</param>
public sealed record PageRequest(int Limit, string? ContinuationToken)
{
    /// <summary>The default number of items.</summary>
    public const int DefaultLimit = 50;

    /// <summary>The most items of a page.</summary>
    public const int MaxLimit = 500;

    /// <summary>Reads where the page begins.</summary>
    /// <param name="isPlace">Whether a text can be a place of the list. Clients may send tokens of other lists.</param>
    /// <returns>The place of the last item of the previous page, null for the first page; or rejected.</returns>
    public Outcome<string?> After(Predicate<string> isPlace)
    {
        if (ContinuationToken is null)
        {
            return (string?)null;
        }

        return Domain.ContinuationToken.TryRead(ContinuationToken, out string place) && isPlace(place)
            ? place
            : new Failure.Rejected("continuationToken", "Send the token of this list's last page unchanged, or leave it out.");
    }

    /// <summary>Reads the page from a list.</summary>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <param name="isPlace">Whether a text can be a place of the list.</param>
    /// <param name="list">The items behind a place, each with its own place. They are fetched as they are asked for.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    public async Task<Outcome<Page<T>>> FillAsync<T>(Predicate<string> isPlace, Func<string?, IAsyncEnumerable<(string Place, T Item)>> list)
    {
        Outcome<string?> after = After(isPlace);
        if (after.Failure is { } failure)
        {
            return failure;
        }

        List<T> items = [];
        string? last = null;
        await foreach ((string place, T item) in list(after.Value))
        {
            if (items.Count == Limit)
            {
                return new Page<T>(items, Domain.ContinuationToken.Of(last!));
            }

            items.Add(item);
            last = place;
        }

        return new Page<T>(items, null);
    }
}
