namespace McpFunctions.Domain.Tests;

public sealed class PageRequestTests
{
    private static readonly string[] s_places = ["file:a", "file:b", "file:c", "file:d"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Pages_of_any_length_make_up_the_whole_list(int limit)
    {
        List<string> items = [];
        string? token = null;
        do
        {
            Page<string> page = (await ReadAsync(new PageRequest(limit, token))).Value;
            Assert.InRange(page.Items.Count, 1, limit);
            items.AddRange(page.Items);
            token = page.ContinuationToken;
        }
        while (token is not null);
        Assert.Equal(["FILE:A", "FILE:B", "FILE:C", "FILE:D"], items);
    }

    [Theory]
    [InlineData("not base64!")]
    [InlineData("c2Vzc2lvbjph")]
    public async Task A_token_that_the_list_never_gave_is_an_error_of_the_field(string token)
    {
        Outcome<Page<string>> outcome = await ReadAsync(new PageRequest(2, token));
        Assert.Equal(["continuationToken"], Assert.IsType<Failure.Rejected>(outcome.Failure).Errors.Keys);
    }

    [Fact]
    public async Task A_page_reads_no_more_than_one_item_behind_its_end()
    {
        int read = 0;
        await new PageRequest(2, null).FillAsync(_ => true, _ => s_places.ToAsyncEnumerable().Select(place =>
        {
            read++;
            return (place, place);
        }));
        Assert.Equal(3, read);
    }

    private static Task<Outcome<Page<string>>> ReadAsync(PageRequest page) => page.FillAsync(
        place => place.StartsWith("file:", StringComparison.Ordinal),
        after => s_places.Where(place => string.CompareOrdinal(place, after) > 0).ToAsyncEnumerable().Select(place => (place, place.ToUpperInvariant())));
}
